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

A comment `<!-- not run: REASON -->` above a `console` block says why it is only checked. The site
shows it.
"""

import os
import re
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
from support.documents.code_blocks import CodeBlock, code_blocks, misplaced_lines
from support.documents.named_tests import named_tests
from support.documents.page_tests import RUN_BY
from support.documents.shell_commands import console_commands, simple_commands

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

QUERIES = {"count", "list", "report", "stats"}
"""The commands that run on the index of a folder, also if they are shown on that of a stack."""

LOCAL = {*QUERIES, "duplicates", "export", "read", "reprocess", "show", "sync", "verify"}
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
    """Return the commands on local files, and queries of a stack without its name."""
    found: list[list[str]] = []
    for name, *arguments in simple_commands(script):
        if (
            name != "imgmeta"
            or arguments[0] not in LOCAL
            or any("://" in each for each in arguments)
        ):
            continue
        if "--stack-name" in arguments and arguments[0] in QUERIES:
            place = arguments.index("--stack-name")
            del arguments[place : place + 2]
        if "--stack-name" not in arguments:
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


@pytest.mark.parametrize(("page", "block"), _blocks("console"))
def test_console_block_runs_or_has_a_reason_not_to(
    page: str, block: CodeBlock, request: pytest.FixtureRequest
) -> None:
    del page
    if block.remark.startswith("not run: "):
        assert len(block.remark.split()) >= 5
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
    assert ran, "add a test that runs it to RUN_BY, or a reason"
