"""Compile modules, and find the interpreter for it."""

import importlib.util
import marshal
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imgmeta.deployment.adapters.pip.bytecode import compile_modules, find_interpreter
from imgmeta.deployment.core.packages import Runtime
from support.deployment.wheels import OWN_RUNTIME

if TYPE_CHECKING:
    from types import CodeType

SOURCES = {
    "package/__init__.py": b"NAMES = {'one', 'two', 'three', 'four'}\n",
    "package/module.py": b"def f():\n    return 1 in {'x', 'y', 'z'}\n",
}


@pytest.fixture
def own() -> Runtime:
    if OWN_RUNTIME is None:
        pytest.skip("AWS Lambda has no runtime for this Python")
    return OWN_RUNTIME


@pytest.fixture
def other(own: Runtime) -> Runtime:
    return next(each for each in Runtime if each is not own)


def write_program(folder: Path, name: str, line: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)


def test_bytecode_is_not_checked_against_its_source(tmp_path: Path) -> None:
    compiled = compile_modules(sys.executable, SOURCES, tmp_path)

    assert compiled.keys() == SOURCES.keys()
    path, content = compiled["package/module.py"]
    assert path == importlib.util.cache_from_source("package/module.py")
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(content[4:8], "little") == 0b01  # PEP 552: by hash, unchecked


def test_bytecode_contains_the_path_of_its_source_in_lambda(tmp_path: Path) -> None:
    _, content = compile_modules(sys.executable, SOURCES, tmp_path)["package/module.py"]

    code: CodeType = marshal.loads(content[16:])  # noqa: S302 - created by this test
    assert code.co_filename == "/var/task/package/module.py"
    assert str(tmp_path).encode() not in content


def test_bytecode_does_not_depend_on_folder_or_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second, and longer"
    first.mkdir()
    second.mkdir()

    expected = compile_modules(sys.executable, SOURCES, first)
    for name, value in {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2", "LC_ALL": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    found = compile_modules(sys.executable, dict(reversed(SOURCES.items())), second)

    assert found == expected


def test_file_with_invalid_syntax_is_skipped(tmp_path: Path) -> None:
    template = {"package/template.py": b"class {{ name }}: pass\n"}

    assert compile_modules(sys.executable, SOURCES | template, tmp_path).keys() == SOURCES.keys()


def test_interpreter_of_this_version_is_this_one(own: Runtime) -> None:
    found = find_interpreter(own)

    assert found is not None
    assert Path(found).samefile(sys.executable)


def test_interpreter_of_another_version_is_found_on_the_path(
    own: Runtime, other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The program claims to be the other version, which need not be installed.
    output = f'["cpython-{other.abi[2:]}", "/there/{other}"]'
    write_program(tmp_path, other, f"echo {shlex.quote(output)}")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert find_interpreter(other) == f"/there/{other}"
    assert find_interpreter(own) != f"/there/{other}"


@pytest.mark.parametrize(
    "line",
    [
        "echo 'command not found' >&2; exit 127",
        "echo no JSON",
        'exec {python} "$@"',
        "exit 0",
    ],
    ids=["broken shim", "no JSON", "another version", "no output"],
)
def test_program_that_is_not_this_python_is_skipped(
    line: str, other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(tmp_path, other, line.format(python=shlex.quote(sys.executable)))
    monkeypatch.setenv("PATH", f"{tmp_path}:{tmp_path / 'missing'}")

    assert find_interpreter(other) is None


def test_broken_shim_does_not_hide_a_working_interpreter(
    other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = f'["cpython-{other.abi[2:]}", "/there/{other}"]'
    write_program(tmp_path / "shims", other, "exit 127")
    write_program(tmp_path / "bin", other, f"echo {shlex.quote(output)}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")

    assert find_interpreter(other) == f"/there/{other}"
