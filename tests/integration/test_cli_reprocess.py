"""`imgmeta reprocess` on folders, prefixes and filters, with a SQLite index."""

import io
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from PIL import Image

from imgmeta.adapters.filesystem import LocalObjectStore
from imgmeta.core.hints import Hint
from imgmeta.core.objects import Listing, UnlistedPrefix
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.service import Indexer
from support.cli.command_line import Cli
from support.cli.interrupts import interrupt_at_images

BROKEN = ["broken.jpg", "empty.jpg"]
OLD = ["old/empty.jpg", "old/small.png"]


@pytest.fixture
def photos(tmp_path: Path, cli: Cli) -> Path:
    """Return an indexed folder with two readable images, two broken ones and a text file."""
    folder = tmp_path / "photos"
    (folder / "old").mkdir(parents=True)
    Image.new("L", (2, 2)).save(folder / "gray.png")
    Image.new("L", (3, 3)).save(folder / "old" / "small.png")
    (folder / "broken.jpg").write_text("no image")
    (folder / "old" / "empty.jpg").touch()
    (folder / "notes.txt").write_text("no image")
    assert cli("sync", "photos").code == 1
    return folder


def change_index(tmp_path: Path, assignment: str, name: str) -> None:
    with sqlite3.connect(tmp_path / "imgmeta.db") as index:
        index.execute(f"UPDATE Records SET {assignment} WHERE ObjectKey LIKE ?", [f"%/{name}"])  # noqa: S608 - constants of the tests
    index.close()


def revisions(cli: Cli) -> dict[str, str]:
    lines = cli("list", "--json").json
    return {line["ObjectKey"].rpartition("/")[2]: line["Revision"] for line in lines}


def reread(cli: Cli, *arguments: str | Path, code: int) -> list[str]:
    """Reprocess; return the names of the images whose records were written again."""
    before = revisions(cli)
    done = cli("reprocess", *arguments)
    assert done.code == code, done
    after = revisions(cli)
    return sorted(name for name in after if before.get(name) != after[name])


def test_folder_is_read_again_with_all_its_images(cli: Cli, photos: Path) -> None:
    assert reread(cli, "photos/old", code=1) == ["empty.jpg", "small.png"]
    everything = cli("reprocess", photos)
    assert everything.code == 1
    assert [line.split()[0] for line in everything.lines[:-1]] == ["failed"] * 2 + ["read"] * 2
    assert everything.lines[-1].startswith("2 processed, 2 failed, 0 unchanged; ")
    assert everything.err == ""


def test_new_and_deleted_images_of_a_folder_are_recorded(cli: Cli, photos: Path) -> None:
    Image.new("L", (4, 4)).save(photos / "new.png")
    (photos / "gray.png").unlink()
    (photos / "broken.jpg").unlink()
    (photos / "old" / "empty.jpg").unlink()
    done = cli("reprocess", "photos")
    assert done.code == 0
    assert done.lines[-1].startswith("2 processed, 0 failed, 3 gone, 0 unchanged; ")
    assert cli("verify", "photos").code == 0


def test_several_targets_are_read_once_each(cli: Cli, photos: Path) -> None:
    small, gray = photos / "old" / "small.png", photos / "gray.png"
    assert reread(cli, small, gray, gray, code=0) == ["gray.png", "small.png"]
    assert cli("reprocess", small, gray, gray).lines[-1].startswith("2 processed, ")


@pytest.mark.parametrize("options", [[], ["--status", "failed"]])
def test_image_in_overlapping_targets_is_selected_once(
    cli: Cli, photos: Path, options: list[str]
) -> None:
    done = cli("reprocess", photos / "old", photos, photos / "old", "--dry-run", "--json", *options)
    keys = [line["ObjectKey"] for line in done.json]
    assert len(keys) == len(set(keys)) == (2 if options else 4)


@pytest.mark.parametrize("options", [[], ["--status", "failed"]])
def test_missing_folder_is_reported_as_missing(cli: Cli, photos: Path, options: list[str]) -> None:
    done = cli("reprocess", photos, "nowhere", *options)
    assert done.code == 2
    assert done.err.startswith("imgmeta: 'nowhere' does not exist: use a folder, a file or s3://")


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("arguments", [["photos"], ["--status", "processed"]])
def test_local_images_of_a_sqlite_index_are_read_one_at_a_time(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    caller, readers, process = current_thread(), set[Thread](), Indexer.process

    def observed(self: Indexer, hint: Hint) -> ItemOutcome:
        readers.add(current_thread())
        return process(self, hint)

    monkeypatch.setattr(Indexer, "process", observed)
    cli("reprocess", *arguments)
    assert readers == {caller}


def test_missing_image_among_others_is_an_error(cli: Cli, photos: Path) -> None:
    done = cli("reprocess", photos / "gray.png", "photos/none.png", "--json")
    assert done.code == 1
    assert [line.get("Status") or line["Outcome"] for line in done.json] == ["processed", "error"]
    assert done.json[1]["Error"] == "it does not exist and no record needs an update"


@pytest.mark.parametrize(
    ("options", "code", "names"),
    [
        (["--status", "failed"], 1, BROKEN),
        (["--status", "processed"], 0, ["gray.png", "small.png"]),
        (["--error", "EMPTY"], 1, ["empty.jpg"]),
        (["--error", ""], 1, BROKEN),
        (["--error", "no such error"], 0, []),
        (["--status", "failed", "photos/old"], 1, ["empty.jpg"]),
        (
            ["--status", "failed", "photos/old/", "photos/broken.jpg"],
            1,
            ["broken.jpg", "empty.jpg"],
        ),
        (["--status", "failed", "photos/gray.png"], 0, []),
        (["--status", "failed", "photos/nowhere/"], 0, []),
        (["--status", "processed", "--error", "empty"], 0, []),
        (["--older-reader"], 0, []),
    ],
)
def test_filters_select_images_by_their_records(
    cli: Cli, photos: Path, options: list[str], code: int, names: list[str]
) -> None:
    assert photos.is_dir()
    assert reread(cli, *options, code=code) == names


def test_repaired_image_is_processed_by_its_status(cli: Cli, photos: Path) -> None:
    Image.new("L", (2, 2)).save(photos / "broken.jpg")
    Image.new("L", (2, 2)).save(photos / "old" / "empty.jpg")
    done = cli("reprocess", "--status", "failed")
    assert done.code == 0
    assert done.lines[-1].startswith("2 processed, 0 failed")
    assert cli("list", "--status", "failed").out == ""


def test_images_of_an_older_reader_are_selected(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgmeta.formats.reader._PARSER_VERSION", 1_000)
    cli("reprocess", photos / "gray.png")
    listed = cli("reprocess", "--older-reader", "--dry-run")
    assert sorted(listed.lines) == [
        "photos/broken.jpg",
        "photos/old/empty.jpg",
        "photos/old/small.png",
    ]
    assert reread(cli, "--older-reader", "--status", "processed", code=0) == ["small.png"]
    assert reread(cli, "--older-reader", code=1) == ["broken.jpg", "empty.jpg"]
    assert reread(cli, "--older-reader", code=0) == []


def test_dry_run_lists_the_images_and_reads_none(cli: Cli, photos: Path) -> None:
    before = revisions(cli)
    listed = cli("reprocess", "--status", "failed", "--dry-run")
    assert (listed.code, listed.lines) == (0, ["photos/broken.jpg", "photos/old/empty.jpg"])
    assert listed.err == "2 images selected; none was read.\n"
    one = cli("reprocess", "photos/gray.png", "--dry-run", "--json")
    key = str(photos / "gray.png").removeprefix("/")
    assert one.json == [{"BucketName": "file://", "ObjectKey": key, "Uri": f"file:///{key}"}]
    assert one.err == "1 image selected; none was read.\n"
    assert revisions(cli) == before


def test_unreadable_record_is_reported_by_filters_and_repaired_by_its_folder(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    change_index(tmp_path, "Record = substr(Record, 1, 100)", "gray.png")
    filtered = cli("reprocess", "--status", "processed")
    assert filtered.code == 0
    assert filtered.lines[-1].startswith("1 processed, ")
    assert filtered.err.startswith("1 unreadable record is not selected, for example: the record")
    assert cli("reprocess", photos).lines[-1].startswith("2 processed, 2 failed")
    assert cli("reprocess", "--status", "processed").err == ""


def test_folder_that_cannot_be_listed_is_an_error(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = LocalObjectStore.list
    unlisted = UnlistedPrefix(f"{photos}/old/".removeprefix("/"), "permission denied")

    def listing(self: LocalObjectStore, *arguments: str, **options: Any) -> Iterator[Listing]:  # noqa: ANN401 - passed on
        yield from [each for each in real(self, *arguments, **options) if "/old/" not in each.key]
        yield unlisted

    monkeypatch.setattr(LocalObjectStore, "list", listing)
    done = cli("reprocess", "photos", "--json")
    listed = cli("reprocess", "photos", "--json", "--dry-run")
    assert (done.code, listed.code) == (1, 1)
    error = {
        "BucketName": "file://",
        "ObjectKey": unlisted.key,
        "Uri": f"file://{photos}/old/",
        "Outcome": "error",
        "Error": "permission denied",
    }
    assert [each.json[-1] for each in (done, listed)] == [error, error]
    assert len(done.json) == len(listed.json) == 3
    assert "2 images selected" in listed.err


def test_progress_bar_counts_the_images(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    assert photos.is_dir()
    monkeypatch.setenv("TERM", "xterm")
    for arguments in (["photos"], ["--status", "failed"]):
        monkeypatch.setattr(sys, "stderr", errors := Terminal())
        cli("reprocess", *arguments)
        assert "4/4" in errors.getvalue() if arguments == ["photos"] else "2/2" in errors.getvalue()


@pytest.mark.usefixtures("default_signals")
def test_interrupted_run_keeps_finished_images(cli: Cli, photos: Path) -> None:
    before = revisions(cli)
    with interrupt_at_images():
        done = cli("reprocess", photos)
    assert done.code == 130
    assert done.lines[-1].startswith("0 processed, 1 failed")
    assert done.err.endswith("Interrupted. Finished images are stored; run the command again.\n")
    after = revisions(cli)
    assert [name for name in after if before[name] != after[name]] == ["broken.jpg"]
