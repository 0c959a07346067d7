"""Commands that take many targets, as arguments or from standard input, in this process."""

import io
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.bootstrap import open_repository
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.ordering import IfRevision
from imgmeta.core.uris import location_of
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli

NAMES = ["a.png", "b c.png", "d%20e.png"]
TypeIn = Callable[[str], None]


@pytest.fixture
def photos(cli: Cli, tmp_path: Path) -> Path:
    """Return a folder with three indexed images."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in NAMES:
        Image.new("L", (1, 1)).save(folder / name)
    assert cli("sync", "photos").code == 0
    return folder


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> TypeIn:
    """Return a function that replaces standard input."""

    def provide(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(os.fsencode(text))))

    return provide


def test_show_separates_records_by_an_empty_line(cli: Cli, photos: Path) -> None:
    one, other = cli("show", photos / "a.png").lines, cli("show", "photos/b c.png").lines
    assert cli("show", photos / "a.png", "photos/b c.png").lines == [*one, "", *other]


def test_show_continues_after_missing_and_unreadable_records(cli: Cli, photos: Path) -> None:
    with closing(sqlite3.connect("imgmeta.db")) as index, index:
        index.execute("UPDATE Records SET Record = '{' WHERE ObjectKey LIKE '%/a.png'")
    result = cli("show", photos / "a.png", "photos/b c.png", "photos/none.png", "--json")
    assert result.code == 1
    assert [Path(each["ObjectKey"]).name for each in result.json] == ["b c.png"]
    unreadable, missing = result.err.splitlines()
    assert unreadable.startswith("imgmeta: the record of ")
    assert missing.startswith("imgmeta: photos/none.png is not in the index: run `imgmeta sync`")


def test_show_reports_an_invalid_argument_before_it_prints(cli: Cli, photos: Path) -> None:
    result = cli("show", photos / "a.png", "gs://b/a.png")
    assert (result.code, result.out) == (2, "")
    assert "unsupported scheme gs://" in result.err


def test_show_without_targets_is_a_usage_error(cli: Cli) -> None:
    message = "imgmeta: Missing argument 'FILE|S3_URI|IMAGE_ID' (see `imgmeta show --help`)\n"
    assert cli("show") == (2, "", message)


def test_uri_of_a_literal_name_is_suggested_and_not_guessed(cli: Cli, photos: Path) -> None:
    result = cli("show", f"file://{photos}/d%20e.png")
    assert (result.code, result.out) == (1, "")
    assert f"the percent sign, use file://{photos}/d%2520e.png\n" in result.err
    assert cli("show", f"file://{photos}/d%2520e.png").lines[0] == "photos/d%20e.png"
    assert "run `imgmeta sync` first" in cli("show", f"file://{photos}/x%20y.png").err


def test_uri_of_a_literal_key_is_suggested_and_not_guessed(cli: Cli, photos: Path) -> None:
    assert photos.is_dir()
    with open_repository("sqlite:///imgmeta.db") as repository:
        repository.put(image_record("a%20b.jpg"), IfRevision(None))
    result = cli("show", "s3://holiday/a%20b.jpg")
    assert (result.code, result.out) == (1, "")
    assert result.err.endswith("the percent sign, use s3://holiday/a%2520b.jpg\n")
    assert cli("show", "s3://holiday/a%2520b.jpg").lines[0] == "s3://holiday/a%2520b.jpg"


def test_record_is_found_by_its_old_path_after_the_folder_became_a_link(
    cli: Cli, photos: Path
) -> None:
    listed = cli("list", "--json").json
    photos.rename(photos.with_name("moved"))
    photos.symlink_to("moved")
    assert cli("show", *[each["Uri"] for each in listed], "--json").json == listed
    assert cli("show", "photos/a.png").lines[0] == "photos/a.png"
    assert cli("sync", "moved").code == 0
    assert cli("show", "moved/a.png").lines[0] == "moved/a.png"


def test_record_with_a_key_that_no_path_has_is_found_by_its_uri(cli: Cli, photos: Path) -> None:
    assert photos.is_dir()
    with open_repository("sqlite:///imgmeta.db") as repository:
        record = image_record("\uefc3\uefa9.jpg", bucket_name="file://")
        repository.put(record, IfRevision(None))
    uri = "s3://file%3A%2F%2F/%EE%BF%83%EE%BE%A9.jpg"
    assert uri in [each["Uri"] for each in cli("list", "--json").json]
    assert cli("show", uri).lines[0] == uri


def test_every_json_line_with_a_key_has_its_uri(cli: Cli, photos: Path) -> None:
    (photos / "notes #1.txt").touch()
    (photos / "a.png").write_text("no image")
    (photos / "b c.png").unlink()
    (photos / "new\n.png").mkdir()
    outputs = [
        cli("verify", "photos", "--all-files", "--json"),
        cli("reprocess", "photos", "--dry-run", "--json"),
        cli("sync", "photos", "--all-files", "--json"),
        cli("reprocess", "photos", "--json"),
        cli("list", "--json"),
        cli("show", photos / "a.png", "--json"),
    ]
    lines = [line for output in outputs for line in output.json if "ObjectKey" in line]
    assert len(lines) > 12
    for line in lines:
        location = ObjectLocation(line["BucketName"], line["ObjectKey"])
        assert location_of(line["Uri"]) == location


def test_list_prints_uris_that_end_with_nul(cli: Cli, photos: Path) -> None:
    uris = [f"file://{photos}/{name}" for name in ("a.png", "b%20c.png", "d%2520e.png")]
    assert cli("list", "--prefix", "photos", "-0") == (0, "".join(f"{uri}\0" for uri in uris), "")
    assert cli("list", "-0", "--status", "failed") == (0, "", "No image matches.\n")
    error = cli("list", "--null", "--json")
    assert (error.code, error.err) == (
        2,
        "imgmeta: pass --json or --null, not both: JSON lines end with a newline\n",
    )


@pytest.mark.parametrize("command", ["sync", "verify", "reprocess", "show"])
def test_targets_are_read_from_standard_input(
    cli: Cli, photos: Path, type_in: TypeIn, command: str
) -> None:
    (photos / "b c.png").unlink()
    code = {"verify": 1}.get(command, 0)
    type_in(f"photos/a.png\nfile://{photos}/b%20c.png\n")
    assert cli(command, "--stdin").code == code
    type_in(cli("list", "--prefix", "photos", "-0").out)
    assert cli(command, "--stdin", "-0").code == code
    type_in("")
    empty = cli(command, "--stdin")
    assert (empty.code, empty.out) == (2, "")
    assert empty.err == (
        "imgmeta: no targets on standard input: write paths or URIs to it, one per line\n"
    )
    assert "pass --stdin too" in cli(command, "photos/a.png", "-0").err
    assert "not both" in cli(command, "photos/a.png", "--stdin").err


def test_show_prints_the_records_before_an_invalid_line(
    cli: Cli, photos: Path, type_in: TypeIn
) -> None:
    type_in(f"{photos}/a.png\ngs://b/a.png\n{photos}/b c.png\n")
    result = cli("show", "--stdin", "--json")
    assert (result.code, len(result.json)) == (2, 1)


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_missing_file_is_a_target_if_it_has_a_record(cli: Cli, photos: Path, command: str) -> None:
    for name in ("a.png", "b c.png"):
        (photos / name).unlink()
    with closing(sqlite3.connect("imgmeta.db")) as index, index:
        index.execute("UPDATE Records SET Record = '{' WHERE ObjectKey LIKE '%/b c.png'")
    result = cli(command, "photos/a.png", "photos/b c.png")
    damaged = "unreadable" if command == "verify" else "gone"
    assert [line.split()[0] for line in result.lines[:2]] == ["gone", damaged]
    unknown = cli(command, "photos/none.png")
    assert (unknown.code, unknown.out) == (2, "")
    assert "'photos/none.png' does not exist" in unknown.err


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_missing_file_is_reported_if_there_is_no_index(cli: Cli, command: str) -> None:
    result = cli(command, "none.png")
    assert result.code == 2
    assert "'none.png' does not exist" in result.err
    assert not Path("imgmeta.db").exists()
