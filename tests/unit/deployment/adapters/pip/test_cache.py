"""The package cache: packages are built once, and again when an input changes."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import imgmeta
from imgmeta.deployment.adapters.pip import CachedFunctionPackager, PipFunctionPackager
from imgmeta.deployment.adapters.pip import packager as packager_module
from imgmeta.deployment.core.packages import (
    Architecture,
    FunctionPackage,
    FunctionPlatform,
    PackagePart,
    Runtime,
)
from imgmeta.errors import TransientError

PLATFORM = FunctionPlatform()


@dataclass
class CountingPackager:
    """Builds a different package each time."""

    built: list[FunctionPlatform] = field(default_factory=list[FunctionPlatform])
    error: Exception | None = None

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        if self.error is not None:
            raise self.error
        self.built.append(platform)
        number = len(self.built)
        parts = (PackagePart("botocore", "1.2", 3), PackagePart("imgmeta", "0.1", 2))
        content = b"zip\n%d\n" % number
        return FunctionPackage(f"{number}.zip", platform, content, 5, parts, is_precompiled=True)


def cached(
    packager: CountingPackager, folder: Path, fingerprint: str = "f1"
) -> CachedFunctionPackager:
    return CachedFunctionPackager(packager, lambda platform: f"{fingerprint} {platform}", folder)


def test_unchanged_package_is_built_once(tmp_path: Path) -> None:
    packager = CountingPackager()
    folder = tmp_path / "not" / "yet" / "there"
    first = cached(packager, folder).build(PLATFORM)
    assert cached(packager, folder).build(PLATFORM) == first
    assert packager.built == [PLATFORM]


def test_each_platform_and_fingerprint_has_its_own_cache_entry(tmp_path: Path) -> None:
    packager = CountingPackager()
    other = FunctionPlatform(Runtime.PYTHON_3_12, Architecture.X86_64)
    names = {
        cached(packager, tmp_path).build(PLATFORM).name,
        cached(packager, tmp_path).build(other).name,
        cached(packager, tmp_path, "f2").build(PLATFORM).name,
    }
    assert len(names) == 3


@pytest.mark.parametrize("damage", ["truncated", "changed", "emptied", "garbled"])
def test_damaged_entry_is_built_again(tmp_path: Path, damage: str) -> None:
    packager = CountingPackager()
    cached(packager, tmp_path).build(PLATFORM)
    [entry] = tmp_path.iterdir()
    content = entry.read_bytes()
    damaged = {
        "truncated": content[:-1],
        "changed": content[:-2] + b"X\n",
        "emptied": b"",
        "garbled": b'{"digest": 1}\n',
    }
    entry.write_bytes(damaged[damage])
    assert cached(packager, tmp_path).build(PLATFORM).name == "2.zip"
    assert cached(packager, tmp_path).build(PLATFORM).name == "2.zip"


def test_unwritable_cache_does_not_prevent_a_build(tmp_path: Path) -> None:
    packager = CountingPackager()
    folder = tmp_path / "a file"
    folder.write_bytes(b"")
    assert cached(packager, folder).build(PLATFORM).name == "1.zip"
    assert cached(packager, folder).build(PLATFORM).name == "2.zip"


def test_failed_build_is_not_cached(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="no network"):
        cached(CountingPackager(error=TransientError("no network")), tmp_path).build(PLATFORM)
    assert list(tmp_path.iterdir()) == []


def test_oldest_entries_are_deleted(tmp_path: Path) -> None:
    packager = CountingPackager()
    for number in range(12):
        cached(packager, tmp_path, f"f{number}").build(PLATFORM)
    assert len(list(tmp_path.iterdir())) == 8
    cached(packager, tmp_path, "f11").build(PLATFORM)
    assert len(packager.built) == 12


def locks(folder: Path, text: str = "pydantic==2.12") -> Path:
    folder.mkdir(exist_ok=True)
    for runtime in Runtime:
        (folder / f"{runtime}.txt").write_text(text)
    return folder


def test_same_inputs_have_the_same_fingerprint(tmp_path: Path) -> None:
    fingerprints = {
        PipFunctionPackager(locks(tmp_path / name)).fingerprint(PLATFORM) for name in ("a", "b")
    }
    assert len(fingerprints) == 1
    assert fingerprints.pop().isalnum()


def test_fingerprint_differs_by_platform_and_lock(tmp_path: Path) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "a"))
    other_lock = PipFunctionPackager(locks(tmp_path / "b", "pydantic==2.13"))
    fingerprints = {
        packager.fingerprint(PLATFORM),
        packager.fingerprint(FunctionPlatform(architecture=Architecture.X86_64)),
        packager.fingerprint(FunctionPlatform(Runtime.PYTHON_3_12)),
        other_lock.fingerprint(PLATFORM),
    }
    assert len(fingerprints) == 4


def test_fingerprint_differs_by_the_modules_of_imgmeta(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "locks"))
    module = tmp_path / "imgmeta" / "__init__.py"
    module.parent.mkdir()
    monkeypatch.setattr(imgmeta, "__file__", str(module))
    fingerprints = set[str]()
    for content in ("a = 1", "a = 2", "a = 22"):
        module.write_text(content)
        fingerprints.add(packager.fingerprint(PLATFORM))
    module.rename(module.with_name("other.py"))
    fingerprints.add(packager.fingerprint(PLATFORM))
    assert len(fingerprints) == 4


def test_fingerprint_differs_by_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packager = PipFunctionPackager(locks(tmp_path / "locks"))
    python = tmp_path / "python"
    fingerprints = set[str]()
    for content in (None, "an interpreter", "a later interpreter"):
        if content is not None:
            python.write_text(content)
        path = None if content is None else str(python)
        monkeypatch.setattr(packager_module, "find_interpreter", lambda _, path=path: path)
        fingerprints.add(packager.fingerprint(PLATFORM))
    assert len(fingerprints) == 3
