"""Every code block in README.md and docs has a known language, and is run or checked.

| Language | Check, unless a test of the page runs the block (`RUN_BY`) |
|---|---|
| `console`, `sh` | programs, options and arguments; commands on local files run |
| `json` | each value is a record, an event or a message, or a statement of IAM |
| `python` | runs in a folder with an index |
| `sql` | a test of the page must run it |
| `text` | contains no command |
| `toml`, `yaml` | is valid |

A comment `<!-- not run: REASON -->` above a `console` block says why it is only checked. The site
shows it.
"""

import os
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
from support.documents.shell_commands import console_commands, simple_commands

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_IN_ORDER = "test_blocks_of_the_page_run_and_print_what_it_shows"

RUN_BY: dict[str, tuple[str, dict[str, str]]] = {
    "README.md": (
        "test_readme",
        {
            "console": "test_console_blocks_show_actual_output",
            "python": "test_python_block_runs",
            "sh": "test_console_blocks_show_actual_output",
        },
    ),
    "docs/adapters.md": (
        "test_adapters_page",
        dict.fromkeys(("python", "toml"), "test_code_of_the_page_is_the_file_of_the_example"),
    ),
    "docs/cli.md": (
        "test_cli_page",
        {
            "console": "test_dead_letters_are_shown_as_on_the_page",
            "json": "test_job_is_printed_as_on_the_page",
            "text": "test_help_blocks_in_docs_cli_md_are_current",
        },
    ),
    "docs/data-model.md": ("test_guides", {"console": _IN_ORDER}),
    "docs/export.md": (
        "test_export_page",
        {
            "console": "test_command_of_the_page_runs",
            "python": "test_code_for_another_program_runs",
            "sh": "test_code_for_another_program_runs",
        },
    ),
    "docs/headers.md": ("test_guides", {"console": _IN_ORDER}),
    "docs/how-to/backfill.md": ("../e2e/test_guides", {"console": _IN_ORDER}),
    "docs/how-to/datasette-duckdb.md": (
        "test_guides",
        dict.fromkeys(
            ("console", "python", "sh", "sql"), "test_blocks_of_the_page_on_other_programs_run"
        ),
    ),
    "docs/how-to/existing-bucket.md": ("../e2e/test_guides", {"console": _IN_ORDER}),
    "docs/how-to/fastapi.md": (
        "test_guides",
        dict.fromkeys(
            ("console", "python", "sh"),
            "TestServicePage::test_service_of_the_page_responds_with_what_it_shows",
        ),
    ),
    "docs/how-to/privacy.md": ("test_guides", dict.fromkeys(("console", "sh"), _IN_ORDER)),
    "docs/how-to/replay.md": ("../e2e/test_guides", {"console": _IN_ORDER}),
    "docs/how-to/upgrading.md": (
        "test_guides",
        dict.fromkeys(("console", "sh", "sql"), _IN_ORDER),
    ),
    "docs/library.md": ("test_library_page", {"python": "test_code_of_the_page_runs"}),
    "docs/migrating.md": (
        "test_migrating_page",
        {"sh": "test_commands_of_the_page_migrate_the_stack_without_a_lost_record"},
    ),
    "docs/plugins.md": (
        "test_plugins_page",
        dict.fromkeys(("python", "sh", "toml"), "test_commands_use_the_plugins_of_the_page"),
    ),
    "docs/querying.md": (
        "test_querying_page",
        {"python": "test_python_code_of_the_page_runs"},
    ),
    "docs/sqlite.md": (
        "test_sqlite_page",
        {
            "console": "test_commands_of_the_page_read_the_file",
            "python": "test_pandas_reads_the_file_as_on_the_page",
            "sql": "test_query_of_the_page_finds_what_it_says",
        },
    ),
    "docs/tutorial-aws.md": ("../e2e/test_guides", {"console": _IN_ORDER}),
    "docs/tutorial.md": ("test_guides", dict.fromkeys(("console", "python"), _IN_ORDER)),
}
"""The module in this folder that runs the blocks of a page, and its test for each language."""

LOCAL = {"count", "duplicates", "export", "list", "read", "reprocess", "show", "stats", "sync"}
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


def _is_local(script: str) -> bool:
    words = [word for command in simple_commands(script) for word in command]
    return "imgmeta" in words and not any("://" in word or word == "--stack-name" for word in words)


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
        "text": len if block.remark.startswith("help: ") or page == "README.md" else check_text,
        "toml": check_toml,
        "yaml": check_yaml,
    }
    checks[block.language](block.text)


@pytest.mark.parametrize(("page", "block"), _blocks("python"))
def test_python_block_runs(page: str, block: CodeBlock, folder: Path) -> None:
    del folder
    code = compile(block.text, page, "exec")
    exec(code, {"__name__": "__main__"})  # noqa: S102 - the page's own code


@pytest.mark.parametrize(
    ("page", "block"),
    [
        each
        for each in _blocks("sh")
        if _is_local(each.values[1].text) and "|" not in each.values[1].text
    ],
)
def test_commands_on_local_files_run(page: str, block: CodeBlock, folder: Path, cli: Cli) -> None:
    del page, folder
    for name, *arguments in simple_commands(block.text):
        if name == "imgmeta" and arguments[0] in LOCAL:
            assert cli(*arguments).code == 0, arguments


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "block"),
    [
        each
        for each in _blocks("sh")
        if _is_local(each.values[1].text) and "|" in each.values[1].text
    ],
)
def test_connected_commands_on_local_files_run(page: str, block: CodeBlock, folder: Path) -> None:
    del page
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for words in simple_commands(block.text):
        if not shutil.which(words[0], path=path):
            pytest.skip(f"{words[0]} is not installed")
    bash = ["bash", "-euc", block.text]
    subprocess.run(bash, cwd=folder, env=os.environ | {"PATH": path}, check=True, timeout=60)


@pytest.mark.parametrize("page", RUN_BY)
def test_tests_that_run_the_blocks_of_a_page_exist(page: str) -> None:
    name, tests = RUN_BY[page]
    module = Path(__file__).parent / f"{name}.py"
    assert set(tests.values()) <= named_tests(module)
    assert Path(page).name in module.read_text("utf-8")
    languages = {block.language for block in code_blocks((ROOT / page).read_text("utf-8"))}
    assert set(tests) <= languages


@pytest.mark.parametrize(("page", "block"), _blocks("console"))
def test_console_block_that_no_test_runs_has_a_reason(page: str, block: CodeBlock) -> None:
    del page
    assert block.remark.startswith("not run: ")
    assert len(block.remark.split()) >= 5
