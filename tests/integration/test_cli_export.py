"""`imgmeta export`, on a SQLite index in this process."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from sqlite3 import connect

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.core.json_lines import record_line
from imgmeta.core.records import ImageRecord
from imgmeta.entrypoints.cli.commands import export
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.sqlite.indexes import write_index

MUNICH = {"latitude": 48.13712, "longitude": 11.57541, "altitude": 519.5}
RECORDS = [
    image_record("a b.jpg", format="JPEG", file_size=5, camera_make="Canon", **MUNICH),
    image_record("b.gif", format="GIF", file_size=9),
    image_record("c.jpg", format="JPEG", file_size=7, lens_model="=cmd|' /C calc'!A0"),
]


@pytest.fixture
def index(tmp_path: Path, cli: Cli) -> Cli:
    """Return a function that runs a command on an index of three records."""
    write_index(tmp_path / "imgmeta.db", RECORDS)
    return cli


def exported_keys(text: str) -> list[str]:
    rows = csv.DictReader(StringIO(text, newline=""))
    return [row["ObjectKey"] for row in rows]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("imgmeta.db")}


def test_json_lines_are_those_of_list(index: Cli) -> None:
    result = index("export", "--format", "jsonl")
    assert (result.code, result.err) == (0, "")
    assert result.lines == [record_line(record) for record in RECORDS]
    assert result.out == index("list", "--json").out


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("photos.jsonl", b'{"ImageId":'),
        ("photos.NDJSON", b'{"ImageId":'),
        ("photos.csv", b'"Uri","ImageId",'),
        ("photos.geojson", b'{"type":"FeatureCollection"'),
        ("photos.parquet", b"PAR1"),
    ],
)
def test_suffix_of_the_file_decides_the_format(
    index: Cli, tmp_path: Path, name: str, start: bytes
) -> None:
    if start == b"PAR1":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    result = index("export", "-o", name)
    assert (result.code, result.out) == (0, "")
    assert result.err == f"3 images exported to {name}.\n"
    assert (tmp_path / name).read_bytes().startswith(start)
    assert files(tmp_path) == {name}


def test_format_option_takes_precedence_over_the_suffix(index: Cli, tmp_path: Path) -> None:
    index("export", "--format", "CSV", "--output", "photos.jsonl", "-q")
    assert (tmp_path / "photos.jsonl").read_bytes().startswith(b'"Uri",')


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", ["a b.jpg", "b.gif", "c.jpg"]),
        ("--camera canon", ["a b.jpg"]),
        ("--image-format jpg", ["a b.jpg", "c.jpg"]),
        ("--not format=gif --without location", ["c.jpg"]),
        ("--sort -size", ["b.gif", "c.jpg", "a b.jpg"]),
        ("--sort size --limit 2", ["a b.jpg", "c.jpg"]),
    ],
)
def test_filters_and_order_are_those_of_list(index: Cli, options: str, found: list[str]) -> None:
    result = index("export", "--format", "csv", *options.split())
    assert exported_keys(result.out) == found


def test_export_continues_after_a_cursor(index: Cli) -> None:
    first = index("export", "--format", "csv", "--limit", "2")
    cursor = first.err.removeprefix("More images match: add --after ").strip()
    rest = index("export", "--format", "csv", "--after", cursor)
    assert exported_keys(first.out) == ["a b.jpg", "b.gif"]
    assert exported_keys(rest.out) == ["c.jpg"]
    assert rest.err == ""


@pytest.mark.parametrize(
    ("policy", "position"),
    [
        ("keep", ("48.13712", "11.57541", "519.5")),
        ("round", ("48.14", "11.58", "")),
        ("drop", ("", "", "")),
    ],
)
def test_stored_position_is_limited_to_what_the_policy_permits(
    index: Cli, monkeypatch: pytest.MonkeyPatch, policy: str, position: tuple[str, ...]
) -> None:
    monkeypatch.setenv("IMGMETA_GPS", policy)
    text = index("export", "--format", "csv").out
    row = next(csv.DictReader(StringIO(text, newline="")))
    assert (row["Latitude"], row["Longitude"], row["Altitude"]) == position


def test_dropped_position_is_not_in_the_geometry(
    index: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGMETA_GPS", "drop")
    features = json.loads(index("export", "--format", "geojson").out)["features"]
    assert [feature["geometry"] for feature in features] == [None, None, None]


def test_formula_is_protected(index: Cli) -> None:
    text = index("export", "--format", "csv", "--glob", "c.jpg").out
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row["LensModel"] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.geojson", "x.parquet"])
def test_export_without_images_is_a_valid_file(index: Cli, tmp_path: Path, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    result = index("export", "-o", name, "--camera", "nikon")
    assert (result.code, result.out, result.err) == (0, "", "No image matches.\n")
    assert (tmp_path / name).is_file()


def test_unreadable_record_is_reported_and_skipped(index: Cli, tmp_path: Path) -> None:
    with closing(connect(tmp_path / "imgmeta.db")) as direct, direct:
        direct.execute("UPDATE Records SET Width = 7 WHERE ObjectKey = 'b.gif'")
    result = index("export", "--format", "csv")
    assert result.code == 0
    assert exported_keys(result.out) == ["a b.jpg", "c.jpg"]
    assert result.err.startswith("1 unreadable record is not exported, for example: ")


def test_file_is_replaced(index: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("old" * 100_000, encoding="utf-8")
    index("export", "-o", "x.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith('"Uri",')
    assert files(tmp_path) == {"x.csv"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ([], "unknown format: pass --format jsonl, csv, parquet or geojson"),
        (["-o", "x.json"], "unknown format: pass --format jsonl, csv, parquet or geojson"),
        (["--format", "jpeg"], "to export images of one format, pass --image-format"),
        (["--format", "\x1b"], r"invalid --format '\x1b': use jsonl, csv, parquet or geojson"),
        (["--format", "csv", "-o", ""], "pass a file name, or - for standard output"),
        (["--format", "csv", "-o", "imgmeta.db"], "imgmeta.db is the index: pass another --output"),
        (["--format", "csv", "-o", "."], "is a folder: pass a file name"),
        (["--format", "csv", "-o", "imgmeta.db/x"], "cannot write imgmeta.db/x: "),
        (["--format", "csv", "--sort", "x"], "invalid --sort 'x'"),
    ],
)
def test_invalid_option_is_reported(index: Cli, options: list[str], error: str) -> None:
    result = index("export", *options)
    assert (result.code, result.out) == (2, "")
    assert error in result.err
    assert result.err.count("\n") == 1


def test_parquet_is_not_written_to_a_terminal(index: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    result = index("export", "--format", "parquet")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "imgmeta: a terminal cannot show Parquet: pass -o FILE, or redirect standard output\n"
    )


def test_closed_standard_output_is_no_failure(index: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        result = index("export", "--format", "csv")
    assert (result.code, result.err) == (0, "")


def test_missing_index_is_reported_and_creates_no_file(cli: Cli, tmp_path: Path) -> None:
    result = cli("export", "-o", "x.csv")
    assert result.code == 2
    assert "there is no index at imgmeta.db: run `imgmeta sync` first" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_export_keeps_the_old_file(
    index: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def interrupted(*_: object, **__: object) -> Iterator[ImageRecord]:
        yield RECORDS[0]
        os.kill(os.getpid(), number)
        yield RECORDS[1]

    (tmp_path / "x.csv").write_text("old", encoding="utf-8")
    monkeypatch.setattr(export, "find_sorted", interrupted)
    assert index("export", "-o", "x.csv") == (130, "", "")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == "old"
    assert files(tmp_path) == {"x.csv"}


def test_closed_pipe_ends_the_export(index: Cli) -> None:
    del index
    code = "import sys; from imgmeta.entrypoints.cli import main; sys.argv[0] = 'imgmeta'; main()"
    command = [sys.executable, "-c", code, "export", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
