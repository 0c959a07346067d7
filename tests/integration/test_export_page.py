"""The commands and the code of docs/export.md run; its table has all types."""

import os
import re
import shlex
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

from imgmeta.core.exports import ColumnType
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.sqlite.indexes import write_index

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
COMMANDS = re.findall(r"^\$ imgmeta (.*?)(?: \|.*)?$", PAGE, re.MULTILINE)
BLOCKS = re.findall(r"^```(python|sh)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
OURS = [code for _, code in BLOCKS if "imgmeta" in code]
OTHERS = [(language, code) for language, code in BLOCKS if code not in OURS]

# The fixture `cli` removes the variable.
PYTHON = os.environ.get("IMGMETA_TEST_CONSUMERS")


@pytest.fixture
def index(tmp_path: Path, cli: Cli) -> Cli:
    """Return a function that runs a command on an index of two photos."""
    photo = {
        "taken_at": datetime(2026, 6, 10),  # noqa: DTZ001 - a local time
        "camera_make": "Canon",
        "camera_model": "EOS 5D",
        "latitude": 48.137,
        "longitude": 11.575,
        "iso": 1600,
    }
    records = [image_record("a.jpg", **photo), image_record("b.jpg")]
    for name in ("imgmeta.db", "photos.db"):
        write_index(tmp_path / name, records)
    return cli


def test_page_has_commands_and_code() -> None:
    assert (len(COMMANDS), len(OURS), len(OTHERS)) == (4, 1, 6)


def test_table_has_a_row_for_each_type() -> None:
    rows = re.findall(r"^\| (?:string|integer|number|boolean|date-time)\b.*\|$", PAGE, re.MULTILINE)
    assert len(rows) == len(ColumnType)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_page_runs(index: Cli, command: str) -> None:
    result = index(*shlex.split(command.replace(" --stack-name photos", "")))
    assert result.code == 0
    assert "exported to" in result.err or result.lines


def test_python_code_of_the_page_runs(index: Cli, tmp_path: Path) -> None:
    del index
    exec(compile(OURS[0], "export.md", "exec"), {})  # noqa: S102 - the page's own code
    assert (tmp_path / "map.geojson").read_text("utf-8").count('"Feature"') == 1


@pytest.mark.slow
@pytest.mark.parametrize(("language", "code"), OTHERS)
def test_code_for_another_program_runs(
    index: Cli, tmp_path: Path, language: str, code: str
) -> None:
    if not PYTHON:
        pytest.skip("IMGMETA_TEST_CONSUMERS does not name a Python with the group `consumers`")
    for name in ("photos.parquet", "photos.csv", "photos.jsonl", "map.geojson"):
        assert index("export", "-o", name).code == 0
    (tmp_path / "photos.db").unlink()
    path = os.pathsep.join([str(Path(PYTHON).parent), os.environ["PATH"]])
    command = [PYTHON, "-c", code] if language == "python" else ["sh", "-euc", code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout != ""
