"""Every code block in README.md and docs has a known language, and is run or checked.

| Language | Check, unless a test of the page runs the block |
|---|---|
| `console` | as `sh`; prints what the page shows, apart from numbers |
| `json` | each value is a record, an event or a message, or a statement of IAM |
| `python` | runs in a folder with an index |
| `sh` | programs, options and arguments; commands on local files run |
| `sql` | a test of the page must run it |
| `text` | contains no command, or commands only, which are checked as in `sh` |
| `toml`, `yaml` | is valid |

Every block of commands runs in a test, unless `RUN_ELSEWHERE` has the reason why not, or it is a
benchmark of the session `bench`.
"""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("botocore", reason="needs the extra aws")

from support.cli.command_line import Cli
from support.documents.block_checks import (
    check_commands,
    check_json,
    check_text,
    check_toml,
    check_yaml,
)
from support.documents.code_blocks import CodeBlock, code_blocks, first_line, misplaced_lines
from support.documents.named_tests import named_tests
from support.documents.page_tests import ON_STACKS, RUN_BY, RUN_ELSEWHERE
from support.documents.pages import is_installation
from support.documents.shell_commands import console_commands, simple_commands

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

LOCAL = {
    *("count", "duplicates", "export", "list", "read", "report", "reprocess", "show", "stats"),
    *("sync", "verify"),
}
"""The commands that can run on the index of a folder."""


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _runner(page: str, language: str) -> str | None:
    return RUN_BY.get(page, ("", {}))[1].get(language)


def _blocks(*languages: str) -> list[Any]:
    return [
        pytest.param(_name(page), block, id=f"{_name(page)}:{block.line}")
        for page in PAGES
        for block in code_blocks(page.read_text("utf-8"))
        if not languages
        or (block.language in languages and not _runner(_name(page), block.language))
    ]


def _local_commands(script: str) -> list[list[str]]:
    """Return the commands on local files."""
    found: list[list[str]] = []
    for name, *arguments in simple_commands(script):
        if (
            name != "imgmeta"
            or arguments[0] not in LOCAL
            or any("://" in each or each == "--stack-name" for each in arguments)
        ):
            continue
        found.append(arguments)
    return found


def _is_connected(script: str) -> bool:
    """Return whether a script passes data between commands on local files only."""
    words = [word for command in simple_commands(script) for word in command]
    is_local = not any("://" in word or word == "--stack-name" for word in words)
    return " | " in script and is_local


def _scripts(*, connected: bool) -> list[Any]:
    blocks = [each for each in _blocks("sh") if _local_commands(each.values[1].text)]
    return [each for each in blocks if _is_connected(each.values[1].text) is connected]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with photos, an index of most of them, and what else the pages use."""
    from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - needs the extra cli

    folder = tmp_path_factory.mktemp("index")
    for name in ("photos", "broken"):
        shutil.copytree(ROOT / "examples" / name, folder / name)
    photo = ROOT / "examples" / "photos" / "tower.jpg"
    shutil.copy(photo, folder / "photos" / "beach.jpg")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in [each for each in os.environ if each.startswith("IMGMETA_")]:
            patch.delenv(name)
        run(["sync", "photos", "broken"])
        run(["export", "-o", "records.jsonl"])
    shutil.copy(folder / "imgmeta.db", folder / "photos.db")
    shutil.copy(photo, folder / "photos" / "new.jpg")
    (folder / "examples").symlink_to(ROOT / "examples")
    return folder


@pytest.fixture
def folder(index: Path, tmp_path: Path, cli: Cli) -> Path:
    """Return a copy of that folder, which is the working directory."""
    del cli
    shutil.copytree(index, tmp_path, symlinks=True, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("page", PAGES[1:], ids=_name)
def test_all_markdown_programs_read_lists_and_code_alike(page: Path) -> None:
    assert misplaced_lines(page.read_text("utf-8")) == []


@pytest.mark.parametrize(("page", "block"), _blocks())
def test_code_block_is_valid(page: str, block: CodeBlock) -> None:
    checks: dict[str, Callable[[str], object]] = {
        "console": lambda text: check_commands("\n".join(console_commands(text))),
        "json": len if _runner(page, "json") else check_json,
        "python": lambda code: compile(code, page, "exec"),
        "sh": check_commands,
        "sql": lambda _: _runner(page, "sql") or pytest.fail("no test runs this query"),
        "text": len if block.remark.startswith("help: ") else check_text,
        "toml": check_toml,
        "yaml": check_yaml,
    }
    checks[block.language](block.text)


@pytest.mark.parametrize(("page", "block"), _blocks("python"))
def test_python_block_runs(page: str, block: CodeBlock, folder: Path) -> None:
    del folder
    code = compile(block.text, page, "exec")
    exec(code, {"__name__": "__main__"})  # noqa: S102 - the page's own code


@pytest.mark.parametrize(("page", "block"), _scripts(connected=False))
def test_commands_on_local_files_run(page: str, block: CodeBlock, folder: Path, cli: Cli) -> None:
    del page, folder
    for arguments in _local_commands(block.text):
        done = cli(*arguments)
        assert done.code == 0, (arguments, done.err)


@pytest.mark.slow
@pytest.mark.parametrize(("page", "block"), _scripts(connected=True))
def test_connected_commands_on_local_files_run(page: str, block: CodeBlock, folder: Path) -> None:
    del page
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for words in simple_commands(block.text):
        if not shutil.which(words[0], path=path):
            pytest.skip(f"{words[0]} is not installed")
    bash = ["bash", "-euc", block.text]
    subprocess.run(bash, cwd=folder, env=os.environ | {"PATH": path}, check=True, timeout=300)


@pytest.mark.parametrize("page", RUN_BY)
def test_tests_that_run_the_blocks_of_a_page_exist(page: str) -> None:
    name, tests = RUN_BY[page]
    module = ROOT / "tests" / f"{name}.py"
    assert set(tests.values()) <= named_tests(module)
    assert Path(page).name in module.read_text("utf-8")
    languages = {block.language for block in code_blocks((ROOT / page).read_text("utf-8"))}
    assert set(tests) <= languages


def _script(block: CodeBlock) -> str:
    is_console = block.language == "console"
    return "\n".join(console_commands(block.text)) if is_console else block.text


def _runs(page: str, block: CodeBlock) -> bool:
    """Return whether a test runs all commands of a block."""
    if first_line(block) in ON_STACKS.get(page, {}):
        return True
    if _runner(page, block.language):
        is_elsewhere = first_line(block) in RUN_ELSEWHERE.get(page, {})
        return not is_elsewhere and not is_installation(block)
    script = _script(block)
    return _is_connected(script) or len(_local_commands(script)) == len(simple_commands(script))


def _benchmark(block: CodeBlock) -> list[list[str]]:
    """Return the commands of a block in which all run benchmarks; otherwise none."""
    commands = simple_commands(block.text)
    are_benchmarks = all(words[1:2] and words[1].startswith("benchmarks/") for words in commands)
    return commands if are_benchmarks else []


COMMAND_BLOCKS = [
    (_name(page), block)
    for page in PAGES
    for block in code_blocks(page.read_text("utf-8"))
    if block.language in {"console", "sh"} or block.text.startswith("imgmeta ")
]


def test_every_block_of_commands_runs_or_has_a_reason_not_to() -> None:
    not_run = {
        (page, first_line(block))
        for page, block in COMMAND_BLOCKS
        if not _runs(page, block) and not _benchmark(block)
    }
    assert not_run == {(page, line) for page, lines in RUN_ELSEWHERE.items() for line in lines}


def test_reasons_name_existing_tests() -> None:
    reasons = " ".join(reason for lines in RUN_ELSEWHERE.values() for reason in lines.values())
    every = set[str]().union(*map(named_tests, (ROOT / "tests").rglob("test_*.py")))
    assert set(re.findall(r"\btest_\w+", reasons)) <= every


@pytest.mark.parametrize("page", ON_STACKS)
def test_tests_that_run_blocks_on_stacks_exist(page: str) -> None:
    lines = {first_line(block) for name, block in COMMAND_BLOCKS if name == page}
    assert set(ON_STACKS[page]) <= lines
    for name, test in ON_STACKS[page].values():
        module = ROOT / "tests" / f"{name}.py"
        assert test in named_tests(module)
        assert page.removeprefix("docs/") in module.read_text("utf-8")


def _short_benchmarks() -> dict[str, tuple[str, ...]]:
    """Return the arguments with which the session `bench` runs each script."""
    for node in ast.parse((ROOT / "noxfile.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "BENCHMARKS":
            return {name: tuple(rest) for name, *rest in ast.literal_eval(node.value)}
    pytest.fail("noxfile.py has no BENCHMARKS")


RUN_BY_TESTS = {"deploy.py": "test_benchmark_of_deployments_runs"}
"""Benchmarks that need an emulator, and their tests in `e2e`."""


@pytest.mark.parametrize(
    ("page", "block"), [each for each in COMMAND_BLOCKS if _benchmark(each[1])]
)
def test_benchmark_of_the_page_runs(page: str, block: CodeBlock) -> None:
    short = _short_benchmarks()
    for _, script, *arguments in _benchmark(block):
        name = script.removeprefix("benchmarks/")
        assert name in {*short, *RUN_BY_TESTS}, f"{page}: add {name} to the session bench"
        options = {each for each in arguments if each.startswith("--")}
        source = (ROOT / script).read_text("utf-8")
        assert [each for each in options if f'"{each}"' not in source] == []
        assert not re.search(r"[][]", shlex.join(arguments)), "a shell would pass brackets on"


@pytest.mark.parametrize(("page", "block"), _blocks("console"))
def test_console_block_runs_or_has_a_reason_not_to(
    page: str, block: CodeBlock, request: pytest.FixtureRequest
) -> None:
    if first_line(block) in ON_STACKS.get(page, {}):
        return
    request.getfixturevalue("folder")
    cli: Cli = request.getfixturevalue("cli")
    # The folder has another number of images than the page.
    shown = re.sub(r"\d[\d,]*", "1", block.text)
    ran = 0
    for command in console_commands(block.text):
        for arguments in _local_commands(command):
            done = cli(*arguments)
            assert done.code == 0, (arguments, done.err)
            text = re.sub(r"\d[\d,]*", "1", f"$ {command}\n{done.out}{done.err}")
            following = shown.partition(re.sub(r"\d[\d,]*", "1", f"$ {command}\n"))[2]
            assert following.startswith("$ ") or not following or text in shown
            ran += 1
    assert ran, "add a test that runs it to RUN_BY or ON_STACKS, or a reason to RUN_ELSEWHERE"
