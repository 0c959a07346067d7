"""The commands and the code of docs/querying.md run."""

import re
import shlex
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.core.records import Status
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.sqlite.indexes import write_index

PAGE = (Path(__file__).parents[2] / "docs" / "querying.md").read_text("utf-8")
COMMANDS = re.findall(r"`imgmeta ([^`]+)`", "\n".join(re.findall(r"^\| .*\|$", PAGE, re.MULTILINE)))


@pytest.fixture
def index(tmp_path: Path, cli: Cli) -> Cli:
    """Return a function that runs a command on an index in which every question has an answer."""
    photo = {
        "format": "JPEG",
        "taken_at": datetime(2026, 6, 10),  # noqa: DTZ001 - a local time
        "camera_make": "Canon",
        "lens_model": "EF 50mm",
        "display_width": 4000,
        "display_height": 6000,
        "latitude": 48.137,
        "longitude": 11.575,
        "upload_timestamp": 1_781_000_000,
    }
    same = {"file_size": 5, "content_hash": f"md5:{'a' * 32}", "thumbnail_hash": "0f" * 8}
    records = [
        image_record("a.jpg", **photo, **same),
        image_record("c.jpg", format="GIF", **same),
        image_record("b.jpg", status=Status.FAILED, error="truncated"),
    ]
    for name in ("imgmeta.db", "photos.db"):
        write_index(tmp_path / name, records)
    return cli


def test_page_answers_at_least_ten_questions() -> None:
    assert len(COMMANDS) >= 10


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_page_runs(index: Cli, command: str) -> None:
    result = index(*shlex.split(command))
    assert result.code == 0
    assert result.out != "" or "--without location" in command


def test_python_code_of_the_page_runs(index: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    del index
    codes = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(codes) == 3
    for code, expected in zip(codes, ("5 ['a.jpg', 'c.jpg']\n", "a.jpg ", ""), strict=True):
        exec(compile(code, "querying.md", "exec"), {})  # noqa: S102 - the page's own code
        assert capsys.readouterr().out.startswith(expected)
