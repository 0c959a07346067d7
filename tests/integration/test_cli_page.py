"""docs/cli.md has the help of all commands, and the outputs that it shows are real."""

import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

import generate_cli

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.deployment.core.batch_jobs import BatchJob, FailedTask, JobStatus
from imgmeta.deployment.core.letter_groups import LetterSummary, group_by_reason
from imgmeta.entrypoints.cli.app import create_app
from imgmeta.entrypoints.cli.rendering.batch_jobs import failure_line, job_line
from imgmeta.entrypoints.cli.rendering.dead_letters import group_rows
from imgmeta.entrypoints.cli.rendering.screen import Screen
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.documents.code_blocks import code_blocks

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "cli.md"
BLOCKS = {
    (each.language, each.text.split("\n", 1)[0]): each.text
    for each in code_blocks(PAGE.read_text("utf-8"))
}
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_docs_cli_md_has_the_help_of_every_command() -> None:
    page = PAGE.read_text("utf-8")
    commands = {each.name for each in create_app(None).registered_commands}

    assert {*re.findall(r"^Usage: imgmeta ([a-z-]+)", page, re.MULTILINE)} == commands


def test_overview_has_the_whole_summary_of_every_command() -> None:
    overview = PAGE.read_text("utf-8").partition("Commands:\n")[2].partition("Exit codes")[0]

    assert [line for line in overview.splitlines() if line.endswith("...")] == []


def test_help_of_arguments_has_no_python_types() -> None:
    assert re.findall(r"^  [A-Z_a-z|-]+ <.*", PAGE.read_text("utf-8"), re.MULTILINE) == []


def test_help_blocks_in_docs_cli_md_are_current() -> None:
    page = PAGE.read_text("utf-8")
    current = generate_cli.update_help(page)
    assert _words(current) == _words(page), "run python tools/generate_cli.py"


def _words(page: str) -> list[str]:
    # Typer versions print types differently, which also moves line breaks.
    return re.sub(r" <[a-z\[\]]+>", "", page).split()


def test_dead_letters_are_shown_as_on_the_page() -> None:
    command, _, shown = BLOCKS[
        "console", "$ imgmeta replay --stack-name photos --dry-run"
    ].partition("\n")
    letters = [
        LetterSummary(
            f"m{number}",
            (ObjectLocation("holiday", f"2026/{number}.jpg"),),
            NOW - timedelta(hours=2 if number > 118 else 0.5),
            "cannot read the object: access denied",
            needed=number > 3,
        )
        for number in range(1, 121)
    ]
    output = io.StringIO()
    for group in group_by_reason(letters, NOW):
        Screen(output, {}).lines(group_rows(group))

    assert command.endswith("--dry-run")
    assert output.getvalue() + "120 dead letters.\n" == shown


def test_duplicates_are_shown_as_on_the_page(cli: Cli) -> None:
    with SQLiteImageRepository(Path("imgmeta.db")) as repository:
        for key in ("2026/DSCN0010.jpg", "backup/DSCN0010.jpg"):
            record = image_record(key, file_size=162_000, content_hash=f"md5:{'a' * 32}")
            repository.put(record, IfRevision(None))
    _, _, shown = BLOCKS["console", "$ imgmeta duplicates"].partition("\n")
    done = cli("duplicates")
    assert (done.code, done.out + done.err) == (0, shown)


def test_job_is_printed_as_on_the_page() -> None:
    (shown,) = [text for (language, _), text in BLOCKS.items() if language == "json"]
    task = FailedTask(
        ObjectLocation("holiday", "2026/broken.jpg"), "PermanentFailure: not an image"
    )
    job = BatchJob(
        "5078d22c-bad2-4ba8-82e2-3c120c719a38",
        JobStatus.COMPLETE,
        total=3,
        succeeded=2,
        failed=1,
        report=ObjectLocation("artifacts", "batch/photos/job-5078d22c/manifest.json"),
    )
    assert f"{failure_line(task)}\n{job_line(job)}\n" == shown
