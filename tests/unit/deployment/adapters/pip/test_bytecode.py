"""Bytecode for the target's Python, and where that Python is found."""

import importlib.util
import marshal
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imgmeta.deployment.adapters.pip.bytecode import bytecode, interpreter
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


def a_program(folder: Path, name: str, line: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    path.chmod(0o755)


def test_bytecode_never_asks_for_its_source(tmp_path: Path) -> None:
    compiled = bytecode(sys.executable, SOURCES, tmp_path)

    assert compiled.keys() == SOURCES.keys()
    path, content = compiled["package/module.py"]
    assert path == importlib.util.cache_from_source("package/module.py")
    assert content[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(content[4:8], "little") == 0b01  # PEP 552: by hash, unchecked


def test_bytecode_says_where_lambda_has_its_source(tmp_path: Path) -> None:
    _, content = bytecode(sys.executable, SOURCES, tmp_path)["package/module.py"]

    code: CodeType = marshal.loads(content[16:])  # noqa: S302 - it was just made here
    assert code.co_filename == "/var/task/package/module.py"
    assert str(tmp_path).encode() not in content


def test_bytecode_does_not_depend_on_where_and_how_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second, and longer"
    first.mkdir()
    second.mkdir()

    plainly = bytecode(sys.executable, SOURCES, first)
    for name, value in {"PYTHONHASHSEED": "7", "PYTHONOPTIMIZE": "2", "LC_ALL": "C.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    oddly = bytecode(sys.executable, dict(reversed(SOURCES.items())), second)

    assert plainly == oddly


def test_what_is_no_python_is_left_as_it_is(tmp_path: Path) -> None:
    template = {"package/template.py": b"class {{ name }}: pass\n"}

    assert bytecode(sys.executable, SOURCES | template, tmp_path).keys() == SOURCES.keys()


def test_the_python_that_runs_compiles_for_itself(own: Runtime) -> None:
    found = interpreter(own)

    assert found is not None
    assert Path(found).samefile(sys.executable)


def test_another_python_is_found_on_the_path(
    own: Runtime, other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It says that it is the other one, which need not be there.
    answer = f'["cpython-{other.abi[2:]}", "/there/{other}"]'
    a_program(tmp_path, other, f"echo {shlex.quote(answer)}")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert interpreter(other) == f"/there/{other}"
    assert interpreter(own) != f"/there/{other}"


@pytest.mark.parametrize(
    "line",
    [
        "echo 'command not found' >&2; exit 127",
        "echo no JSON",
        'exec {python} "$@"',
        "exit 0",
    ],
    ids=["a shim that leads nowhere", "something else", "another version", "silence"],
)
def test_a_program_that_is_not_that_python_is_passed_over(
    line: str, other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path, other, line.format(python=shlex.quote(sys.executable)))
    monkeypatch.setenv("PATH", f"{tmp_path}:{tmp_path / 'missing'}")

    assert interpreter(other) is None


def test_one_that_leads_nowhere_hides_none_that_is_there(
    other: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = f'["cpython-{other.abi[2:]}", "/there/{other}"]'
    a_program(tmp_path / "shims", other, "exit 127")
    a_program(tmp_path / "bin", other, f"echo {shlex.quote(answer)}")
    monkeypatch.setenv("PATH", f"{tmp_path / 'shims'}:{tmp_path / 'bin'}")

    assert interpreter(other) == f"/there/{other}"
