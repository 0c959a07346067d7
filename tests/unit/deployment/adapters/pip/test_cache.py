"""Packages that are kept: made once, and made again as soon as anything might differ."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import imgmeta
from imgmeta.deployment.adapters.pip import CachedFunctionPackager, PipFunctionPackager
from imgmeta.deployment.adapters.pip import packager as packagers
from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    PackagePart,
    Runtime,
)
from imgmeta.errors import TransientError

TARGET = FunctionPlatform()


@dataclass
class Counting:
    """Makes packages, each unlike the others."""

    made: list[FunctionPlatform] = field(default_factory=list[FunctionPlatform])
    error: Exception | None = None

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        if self.error is not None:
            raise self.error
        self.made.append(target)
        number = len(self.made)
        parts = (PackagePart("botocore", "1.2", 3), PackagePart("imgmeta", "0.1", 2))
        content = b"zip\n%d\n" % number
        return FunctionPackage(f"{number}.zip", target, content, 5, parts, is_precompiled=True)


def cached(packager: Counting, folder: Path, fingerprint: str = "f1") -> CachedFunctionPackager:
    return CachedFunctionPackager(packager, lambda target: f"{fingerprint} {target}", folder)


def test_the_same_package_is_made_once(tmp_path: Path) -> None:
    packager = Counting()
    folder = tmp_path / "not" / "yet" / "there"
    first = cached(packager, folder).package(TARGET)
    assert cached(packager, folder).package(TARGET) == first
    assert packager.made == [TARGET]


def test_another_target_or_another_fingerprint_is_another_package(tmp_path: Path) -> None:
    packager = Counting()
    other = FunctionPlatform(Runtime.PYTHON_3_12, Architecture.X86_64)
    names = {
        cached(packager, tmp_path).package(TARGET).name,
        cached(packager, tmp_path).package(other).name,
        cached(packager, tmp_path, "f2").package(TARGET).name,
    }
    assert len(names) == 3


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "garbled"])
def test_a_package_that_is_no_longer_whole_is_made_again(tmp_path: Path, harm: str) -> None:
    packager = Counting()
    cached(packager, tmp_path).package(TARGET)
    [entry] = tmp_path.iterdir()
    content = entry.read_bytes()
    harmed = {
        "cut": content[:-1],
        "changed": content[:-2] + b"X\n",
        "emptied": b"",
        "garbled": b'{"digest": 1}\n',
    }
    entry.write_bytes(harmed[harm])
    assert cached(packager, tmp_path).package(TARGET).name == "2.zip"
    assert cached(packager, tmp_path).package(TARGET).name == "2.zip"


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    packager = Counting()
    folder = tmp_path / "a file"
    folder.write_bytes(b"")
    assert cached(packager, folder).package(TARGET).name == "1.zip"
    assert cached(packager, folder).package(TARGET).name == "2.zip"


def test_what_cannot_be_made_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="no network"):
        cached(Counting(error=TransientError("no network")), tmp_path).package(TARGET)
    assert list(tmp_path.iterdir()) == []


def test_only_the_last_ones_are_kept(tmp_path: Path) -> None:
    packager = Counting()
    for number in range(12):
        cached(packager, tmp_path, f"f{number}").package(TARGET)
    assert len(list(tmp_path.iterdir())) == 8
    cached(packager, tmp_path, "f11").package(TARGET)
    assert len(packager.made) == 12


def locks(folder: Path, text: str = "pydantic==2.12") -> Path:
    folder.mkdir(exist_ok=True)
    for runtime in Runtime:
        (folder / f"{runtime}.txt").write_text(text)
    return folder


def test_a_fingerprint_is_the_same_for_the_same_inputs(tmp_path: Path) -> None:
    prints = {
        PipFunctionPackager(locks(tmp_path / name)).fingerprint(TARGET) for name in ("a", "b")
    }
    assert len(prints) == 1
    assert prints.pop().isalnum()


def test_a_fingerprint_tells_targets_and_locks_apart(tmp_path: Path) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "a"))
    other_lock = PipFunctionPackager(locks(tmp_path / "b", "pydantic==2.13"))
    prints = {
        packager.fingerprint(TARGET),
        packager.fingerprint(FunctionPlatform(architecture=Architecture.X86_64)),
        packager.fingerprint(FunctionPlatform(Runtime.PYTHON_3_12)),
        other_lock.fingerprint(TARGET),
    }
    assert len(prints) == 4


def test_a_fingerprint_tells_imgmeta_s_own_modules_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "locks"))
    module = tmp_path / "imgmeta" / "__init__.py"
    module.parent.mkdir()
    monkeypatch.setattr(imgmeta, "__file__", str(module))
    prints = set[str]()
    for content in ("a = 1", "a = 2", "a = 22"):
        module.write_text(content)
        prints.add(packager.fingerprint(TARGET))
    module.rename(module.with_name("other.py"))
    prints.add(packager.fingerprint(TARGET))
    assert len(prints) == 4


def test_a_fingerprint_tells_interpreters_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "locks"))
    python = tmp_path / "python"
    prints = set[str]()
    for content in (None, "an interpreter", "a later interpreter"):
        if content is not None:
            python.write_text(content)
        found = None if content is None else str(python)
        monkeypatch.setattr(packagers, "interpreter", lambda _, found=found: found)
        prints.add(packager.fingerprint(TARGET))
    assert len(prints) == 3
