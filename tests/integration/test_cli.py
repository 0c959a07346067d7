"""Commands on a real folder and a SQLite index, in this process."""

import io
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.bootstrap import open_objects, parse_target
from imgmeta.config import Settings
from imgmeta.core.content_hashes import HashKind
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.records import Status
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.commands import list as list_command
from imgmeta.entrypoints.cli.filter_options import FilterOptions
from imgmeta.entrypoints.cli.rendering.sync_output import objects_to_sync
from imgmeta.errors import TransientError
from imgmeta.ports import ImageLoader
from imgmeta.service import Indexer, OnUnindexed
from imgmeta.service.chunks import CHUNK_SIZE
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.cli.interrupts import interrupt_at_images
from support.sqlite.indexes import write_index

NOT_INDEXED = "1 file not indexed: 1 text (list them with --all-files)\n"
NOT_INDEXED_COUNTS = {"NotIndexed": 1, "Reasons": {"text": 1}, "Suffixes": {"txt": 1}}
HOSTILE_NAME = "evil\x1b[2J[bold red]\n\u202e.png"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with two images and a text file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canon", "EOS \x1b[31m[bold]x"
    exif.get_ifd(0x8769)[0x9003] = "2026:07:01 12:30:00"
    Image.new("RGB", (4, 3)).save(folder / "beach.jpg", exif=exif)
    Image.new("L", (2, 2)).save(folder / "gray.png")
    (folder / "notes.txt").write_text("no image")
    return folder


def test_repeated_sync_reports_all_images_as_unchanged(cli: Cli, photos: Path) -> None:
    assert photos.is_dir()
    first = cli("sync", "photos")
    assert first.code == 0
    assert first.lines[0].startswith("new      photos/beach.jpg")
    assert first.lines[-1].startswith("2 processed, 0 failed, 0 unchanged; ")
    assert first.err == ""
    second = cli("sync", "photos")
    assert second.code == 0
    assert len(second.lines) == 2
    assert f"{second.lines[0]}\n" == NOT_INDEXED
    assert "2 unchanged" in second.lines[1]


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_files_that_are_not_indexed_are_counted_and_listed(
    cli: Cli, photos: Path, command: str
) -> None:
    cli("sync", photos)
    for name in ("clip.MP4", "beach.xmp", "gray.aae", "README", "data.xyz"):
        (photos / name).touch()
    (photos / "album").symlink_to(".")
    (photos / "dangling.jpg").symlink_to("nothing")
    os.mkfifo(photos / "fifo.jpg")
    counted = cli(command, "photos")
    summary = (
        "9 files not indexed: 2 sidecar, 1 .xyz, 1 broken link, 1 link to a folder, "
        "1 special file, 1 text, 1 video, 1 without suffix"
    )
    assert f"{summary} (list them with --all-files)\n" in counted.out + counted.err
    listed = cli(command, "photos", "--all-files")
    assert f"{summary}\n" in listed.out + listed.err
    rows = [line for line in (listed.out + listed.err).splitlines() if line[:3] == "not"]
    assert sorted(rows) == [
        "not indexed  photos/README  without suffix",
        "not indexed  photos/album  link to a folder",
        "not indexed  photos/beach.xmp  sidecar",
        "not indexed  photos/clip.MP4  video",
        "not indexed  photos/dangling.jpg  broken link",
        "not indexed  photos/data.xyz  other",
        "not indexed  photos/fifo.jpg  special file",
        "not indexed  photos/gray.aae  sidecar",
        "not indexed  photos/notes.txt  text",
    ]


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_single_file_that_is_not_a_regular_file_is_not_skipped_silently(
    cli: Cli, photos: Path, command: str
) -> None:
    cli("sync", photos)
    (photos / "new.jpg").symlink_to("nothing")
    os.mkfifo(photos / "new.jpg.jpg")
    link = cli(command, photos / "new.jpg")
    fifo = cli(command, photos / "new.jpg.jpg")

    assert "1 file not indexed: 1 broken link" in link.out + link.err
    assert "1 file not indexed: 1 special file" in fifo.out + fifo.err


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_suffix_with_control_characters_is_escaped_once(
    cli: Cli, photos: Path, command: str
) -> None:
    cli("sync", photos)
    (photos / "name.a\x1b[2j\n").touch()
    result = cli(command, "photos")

    assert r"2 files not indexed: 1 .a\x1b[2j\n, 1 text" in result.out + result.err


@pytest.mark.parametrize("command", ["sync", "verify"])
def test_files_that_are_not_indexed_are_json_lines(cli: Cli, photos: Path, command: str) -> None:
    cli("sync", photos)
    result = cli(command, "photos", "--json", "--all-files")
    file = {
        "BucketName": "file://",
        "ObjectKey": str(photos / "notes.txt").removeprefix("/"),
        "Uri": f"file://{photos}/notes.txt",
        "Outcome": "ignored",
        "Reason": "text",
    }
    assert result.json == [file, NOT_INDEXED_COUNTS]


def test_sync_reports_new_changed_and_deleted_images(cli: Cli, photos: Path) -> None:
    cli("sync", "photos")
    Image.new("L", (9, 9)).save(photos / "gray.png")
    Image.new("L", (1, 1)).save(photos / "new.png")
    (photos / "beach.jpg").unlink()
    result = cli("sync", "photos")
    assert [line.split()[:2] for line in result.lines[:3]] == [
        ["gone", "photos/beach.jpg"],
        ["changed", "photos/gray.png"],
        ["new", "photos/new.png"],
    ]
    assert result.lines[-1].startswith("2 processed, 0 failed, 1 gone, 0 unchanged")


def test_rewritten_image_of_the_same_size_and_time_is_read_again(cli: Cli, photos: Path) -> None:
    path = photos / "beach.jpg"
    content, times = path.read_bytes(), path.stat()
    cli("sync", "photos")
    path.write_bytes(content.replace(b"2026:07:01", b"2027:08:02"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_size == times.st_size
    assert cli("verify", "photos").lines == ["changed   photos/beach.jpg"]
    record = cli("sync", "photos", "--json").json[0]
    assert record["TakenAt"] == "2027-08-02T12:30:00"
    assert cli("verify", "photos").code == 0


def test_broken_image_fails_only_the_sync_that_finds_it(cli: Cli, photos: Path) -> None:
    (photos / "broken.jpg").write_text("no image")
    first = cli("sync", "photos")
    assert first.code == 1
    assert first.lines[0].startswith("failed   photos/broken.jpg  ")
    assert cli("sync", "photos").code == 0
    (photos / "broken.jpg").write_text("still no image")
    assert cli("sync", "photos").code == 1


def test_sync_json_prints_written_records_and_the_report_on_stderr(cli: Cli, photos: Path) -> None:
    (photos / "broken.jpg").write_text("no image")
    result = cli("sync", "photos", "--json")
    *records, counts = result.json
    assert [line["Status"] for line in records] == ["processed", "failed", "processed"]
    assert counts == NOT_INDEXED_COUNTS
    assert result.json[0]["ObjectKey"].endswith("photos/beach.jpg")
    assert "failed   photos/broken.jpg" in result.err
    assert "2 processed, 1 failed" in result.err
    (photos / "gray.png").unlink()
    deleted, counts = cli("sync", "photos", "--json").json
    assert (deleted["Status"], counts) == ("deleted", NOT_INDEXED_COUNTS)
    (photos / "notes.txt").unlink()
    assert cli("sync", "photos", "--json").out == ""


def test_targets_may_overlap_and_may_be_files_or_uris(cli: Cli, photos: Path) -> None:
    result = cli("sync", "photos/gray.png", photos, f"file://{photos}/", "photos/gray.png")
    assert result.code == 0
    assert result.lines[-1].startswith("2 processed, 0 failed, 4 unchanged")


def test_exit_code_is_that_of_the_worst_target(cli: Cli, photos: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "broken.jpg").write_text("no image")
    assert cli("sync", other, photos).code == 1


def test_missing_target_stops_sync_before_it_starts(cli: Cli, photos: Path, tmp_path: Path) -> None:
    result = cli("sync", photos, "nowhere")
    assert result.code == 2
    assert result.err.startswith("imgmeta: 'nowhere' does not exist")
    assert not (tmp_path / "imgmeta.db").exists()


def test_finished_images_are_reported_before_a_failure(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert photos.is_dir()
    real = Indexer.sync

    def failing(  # noqa: PLR0913 - the arguments of the replaced method
        self: Indexer,
        target: Target,
        *,
        concurrency: int,
        on_unindexed: OnUnindexed,
        hash_kinds: frozenset[HashKind],
        loader: ImageLoader | None,
        is_stopped: Callable[[], bool],
    ) -> Iterator[ItemOutcome]:
        assert (concurrency, hash_kinds) == (1, frozenset())
        assert callable(on_unindexed)
        assert not is_stopped()
        yield next(real(self, target, loader=loader))
        message = "the index is unavailable"
        raise TransientError(message)

    monkeypatch.setattr(Indexer, "sync", failing)
    result = cli("sync", "photos")
    assert result.code == 1
    assert "1 processed" in result.out
    assert result.err == "imgmeta: the index is unavailable\n"


def test_unavailable_index_stops_sync_and_reprocess_with_one_sentence(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    for number in range(3):
        Image.new("L", (1, 1)).save(photos / f"{number}.png")
    with sqlite3.connect(tmp_path / "imgmeta.db") as full:
        SQLiteImageRepository(tmp_path / "imgmeta.db").close()
        full.executescript(
            "CREATE TRIGGER Full BEFORE INSERT ON Records BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
        )
    full.close()
    for command in (["sync", "photos"], ["reprocess", photos / "gray.png"]):
        result = cli(*command)
        assert result.code == 1
        assert result.err == "imgmeta: cannot use imgmeta.db: full\n"
        assert "failed   " not in result.out


@pytest.mark.parametrize(
    "damage",
    ["Record = substr(Record, 1, 100)", "Record = replace(Record, 'Canon', 'Cannn')", "ETag = 'x'"],
)
def test_unreadable_record_is_reported_passed_over_and_repaired(
    cli: Cli, photos: Path, tmp_path: Path, damage: str
) -> None:
    cli("sync", photos)
    with sqlite3.connect(tmp_path / "imgmeta.db") as index:
        index.execute(f"UPDATE Records SET {damage} WHERE ObjectKey LIKE '%beach.jpg'")  # noqa: S608 - constants above
    index.close()
    verify = cli("verify", "photos", "--json")
    assert verify.code == 1
    assert verify.json[0]["Difference"] == "unreadable"
    assert "unreadable  photos/beach.jpg  " in cli("verify", "photos").out
    listed = cli("list", "--json")
    assert listed.code == 0
    assert [line["ObjectKey"].rpartition("/")[2] for line in listed.json] == ["gray.png"]
    assert listed.err.startswith("1 unreadable record is not shown, for example: the record of ")
    assert listed.err.endswith("): run `imgmeta sync` on its folder or bucket\n")
    stats = cli("stats", "--json")
    assert stats.code == 0
    assert {"Group": "Status", "Value": "unreadable", "Count": 1} in stats.json
    assert stats.err == listed.err
    show = cli("show", "photos/beach.jpg")
    assert show.code == 1
    assert show.err.startswith("imgmeta: the record of ")
    sync = cli("sync", "photos")
    assert sync.code == 0
    assert sync.lines[0].startswith("repaired photos/beach.jpg")
    assert cli("verify", "photos").code == 0
    assert len(cli("list").lines) == 2


def test_verify_after_sync_finds_no_differences(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    assert cli("verify", photos) == (0, "", f"{NOT_INDEXED}0 differences, 2 unchanged.\n")


def test_verify_prints_each_difference_and_changes_nothing(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    Image.new("L", (9, 9)).save(photos / "gray.png")
    (photos / "beach.jpg").unlink()
    for _ in range(2):
        result = cli("verify", "photos")
        assert result.code == 1
        assert result.lines == ["gone      photos/beach.jpg", "changed   photos/gray.png"]
        assert result.err == f"{NOT_INDEXED}2 differences, 0 unchanged.\n"


def test_verify_json_has_bucket_key_and_difference(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    (photos / "beach.jpg").unlink()
    assert cli("verify", photos, "--json").json == [
        {
            "BucketName": "file://",
            "ObjectKey": str(photos / "beach.jpg").removeprefix("/"),
            "Uri": f"file://{photos}/beach.jpg",
            "Difference": "gone",
        },
        NOT_INDEXED_COUNTS,
    ]


def test_verify_without_an_index_fails_and_creates_none(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    result = cli("verify", photos)
    assert result.code == 2
    assert "run `imgmeta sync` first, or pass another --store" in result.err
    assert not (tmp_path / "imgmeta.db").exists()


def test_reprocess_reads_an_unchanged_image_again(cli: Cli, photos: Path) -> None:
    before = cli("sync", photos, "--json").json[1]
    result = cli("reprocess", "photos/gray.png", "--json")
    assert result.code == 0
    assert result.json[0]["Revision"] != before["Revision"]
    assert "1 processed" in result.err
    assert cli("reprocess", "photos/gray.png").lines[0].startswith("read     photos/gray.png")


def test_reprocess_reports_a_deleted_image_once(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    (photos / "gray.png").unlink()
    assert cli("reprocess", "photos/gray.png").lines[0] == "gone     photos/gray.png"
    again = cli("reprocess", "photos/gray.png")
    assert again.code == 2
    assert "reprocess photos/gray.png: it does not exist and no record needs an update" in again.err


def test_reprocess_of_a_broken_image_fails_every_time(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    (photos / "gray.png").write_text("no image")
    assert [cli("reprocess", "photos/gray.png").code for _ in range(2)] == [1, 1]


def test_show_takes_a_path_or_an_image_id(cli: Cli, photos: Path) -> None:
    record = cli("sync", photos, "--json").json[0]
    by_path = cli("show", "photos/beach.jpg")
    assert by_path.lines[0] == "photos/beach.jpg"
    assert "  Make            Canon" in by_path.lines
    assert cli("show", record["ImageId"]).out == by_path.out
    assert cli("show", record["ImageId"], "--json").json == [record]


def test_show_of_an_unindexed_image_fails(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    result = cli("show", "photos/other.jpg")
    remedy = "run `imgmeta sync` first, or pass another --store"
    assert result == (1, "", f"imgmeta: photos/other.jpg is not in the index: {remedy}\n")


def test_list_without_a_terminal_has_plain_lines_and_no_header(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    result = cli("list", "--prefix", "photos")
    columns = [line.split()[:2] for line in result.lines]
    assert columns == [["processed", "JPEG"], ["processed", "PNG"]]
    assert "\t" not in result.out


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ([], ["beach.jpg", "gray.png"]),
        (["--prefix", "photos/be"], ["beach.jpg"]),
        (["--prefix", "photos/"], ["beach.jpg", "gray.png"]),
        (["--prefix", "pho"], ["beach.jpg", "gray.png"]),
        (["--prefix", "photos/none"], []),
        (["--limit", "1"], ["beach.jpg"]),
        (["--limit", "99999999999999999999"], ["beach.jpg", "gray.png"]),
        (["--status", "failed"], []),
        (["--incomplete"], []),
        (["--since", "1d"], ["beach.jpg", "gray.png"]),
        (["--until", "1d"], []),
        (["--since", "1999-01-01", "--until", "2000-01-01"], []),
        (["--prefix", "photos/g", "--since", "1d", "--status", "processed"], ["gray.png"]),
    ],
)
def test_list_filters_by_its_options(
    cli: Cli, photos: Path, options: list[str], names: list[str]
) -> None:
    cli("sync", photos)
    result = cli("list", *options, "--json")
    assert result.code == 0
    assert sorted(line["ObjectKey"].rpartition("/")[2] for line in result.json) == names


def test_photo_that_is_cut_short_is_listed_as_incomplete(cli: Cli, photos: Path) -> None:
    whole = (photos / "beach.jpg").read_bytes()
    (photos / "half.jpg").write_bytes(whole[:-10])
    synced = cli("sync", photos)
    (listed,) = cli("list", "--incomplete", "--json").json
    shown = cli("show", photos / "half.jpg")

    assert any("half.jpg" in line and "cut short" in line for line in synced.lines)
    assert listed["ObjectKey"].endswith("half.jpg")
    assert listed["Complete"] is False
    assert "incomplete: the file is cut short" in shown.lines
    assert [line.split()[-1] for line in shown.lines if "Complete" in line] == ["no"]


def test_deleted_images_are_listed_only_by_status(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    (photos / "gray.png").unlink()
    cli("sync", photos)
    assert len(cli("list").lines) == 1
    assert cli("list", "--status", "deleted").lines[0].startswith("deleted ")


def test_stats_prints_bars_or_json(cli: Cli, photos: Path) -> None:
    cli("sync", photos)
    text = cli("stats").out
    assert text.startswith("2 images, ")
    assert "\n  2026-07  1  █" in text
    assert {"Group": "Format", "Value": "PNG", "Count": 1} in cli("stats", "--json").json


def test_hostile_names_are_encoded_and_metadata_is_escaped(cli: Cli, photos: Path) -> None:
    shutil.copy(photos / "gray.png", photos / HOSTILE_NAME)
    outputs = [
        cli("sync", photos).out,
        cli("list").out,
        cli("stats").out,
        cli("show", f"photos/{HOSTILE_NAME}").out,
        cli("show", "photos/beach.jpg").out,
    ]
    (photos / HOSTILE_NAME).unlink()
    outputs.append(cli("verify", photos).out)
    text = "".join(outputs)
    assert text.replace("\n", "").isprintable()
    assert "/photos/evil%1B%5B2J%5Bbold%20red%5D%0A%E2%80%AE.png" in outputs[0]
    assert "EOS [31m[bold]x" in outputs[2]


def test_file_name_that_is_not_utf8_is_indexed_and_shown(cli: Cli, photos: Path) -> None:
    name = os.fsdecode(os.fsencode(photos) + b"/\xff.png")
    shutil.copy(photos / "gray.png", name)
    assert cli("sync", name).code == 0
    assert cli("show", name).code == 0
    (line,) = cli("list", "--prefix", name, "--json").lines
    assert line.isprintable()


def test_lone_surrogate_in_an_argument_is_escaped(cli: Cli) -> None:
    result = cli("sync", "/nowhere/\udcff\x1b[2J")
    assert result.code == 2
    assert r"\udcff\x1b[2J" in result.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sink"], "No such command 'sink'"),
        (["sync"], "Missing argument 'FOLDER|FILE|S3_URI' (see `imgmeta sync --help`)"),
        (["sync", "--unknown", "x"], "No such option: --unknown (see `imgmeta sync --help`)"),
        (["--unknown"], "No such option: --unknown (see `imgmeta --help`)"),
        (
            ["list", "--sort"],
            "Option '--sort' requires an argument (see `imgmeta list --help`)",
        ),
        (["sync", "\x1b[2J"], r"'\x1b[2J' does not exist"),
        (["sink\x1b[2J"], "No such command 'sink"),
        (["sync", "gs://bucket/"], "unsupported scheme gs://"),
        (["sync", "s3://x/"], "invalid bucket in 's3://x/': use a URI like s3://holiday"),
        (
            ["show", "s3://holiday"],
            "s3://holiday is not an image: pass a key, such as s3://holiday/",
        ),
        (["show", "s3://holiday/a/"], "s3://holiday/a/ is not an image"),
        (["reprocess"], "pass images, folders or s3://bucket/prefix, or select images with"),
        (["reprocess", "none/"], "'none/' does not exist"),
        (["reprocess", "s3://holiday/notes.txt"], "cannot index s3://holiday/notes.txt: pass"),
        (["list", "--prefix", "s3://"], "invalid bucket in 's3://'"),
        (["sync", "photos/notes.txt"], "cannot index photos/notes.txt: pass"),
        (["verify", "photos/notes.txt"], "cannot index photos/notes.txt: pass"),
        (["reprocess", "photos/notes.txt"], "cannot index photos/notes.txt: pass"),
        (["reprocess", f"{'long' * 99}.jpg"], "there is no index at imgmeta.db"),
        (["reprocess", "photos"], "there is no index at imgmeta.db"),
        (["show", "photos"], "photos is a folder: pass one image"),
        (["list", "--since", "soon"], "invalid time 'soon': use 2026-11-01"),
        (["list", "--all-files"], "--all-files: `imgmeta sync` and `imgmeta verify` have it (see"),
        (["list", "--concurrency=4"], "--concurrency: set the environment variable IMGMETA_CONC"),
        (["--json", "list"], "--json: pass it after the command, as in `imgmeta sync --json`"),
        (["list", "--jsn"], "No such option: --jsn (Possible options: --json"),
        (["list", "--status", "lost"], "invalid --status 'lost': use processed, failed, deleted"),
        (["list", "--limit", "0"], "Invalid value for '--limit': must be at least 1 (see"),
        (["list", "--limit", "x: y"], "Invalid value for '--limit': must be a whole number (see"),
        (["list", "--prefix", "gs://x"], "unsupported scheme gs://"),
        (["list", "--store", "mysql://x"], "invalid store 'mysql://x'"),
        (["list", "--store", "sqlite:///photos"], "photos is a folder"),
        (["list", "--store", "photos"], "photos is a folder"),
        (["sync", ".", "--store", "index/"], "invalid store 'index/'"),
        (["list", "--store", "photos/notes.txt"], "is not an imgmeta index"),
        (["sync", ".", "--store", "photos/beach.jpg"], "is not an imgmeta index"),
        (["list", "--store", "none.db"], "there is no index at none.db"),
        (["list", "--store", "sqlite:///photos/notes.txt"], "is not an imgmeta index"),
        (["list", "--store", "sqlite:///none.db"], "there is no index at none.db"),
    ],
)
def test_usage_error_is_one_line_with_exit_code_2(
    cli: Cli, photos: Path, arguments: list[str], message: str
) -> None:
    assert photos.is_dir()
    result = cli(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("imgmeta: ")
    assert message in result.err
    assert result.err.count("\n") == 1
    assert result.err[:-1].isprintable()


def test_invalid_setting_is_reported(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMGMETA_GPS", "perhaps")
    result = cli("stats")
    assert result.code == 2
    assert result.err.startswith("imgmeta: invalid IMGMETA_GPS 'perhaps'")


def test_store_option_overrides_the_variable_and_the_default(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)
    assert (tmp_path / "imgmeta.db").exists()
    monkeypatch.setenv("IMGMETA_STORE", "sqlite:///variable.db")
    cli("sync", photos)
    assert (tmp_path / "variable.db").exists()
    cli("sync", photos, "--store", f"sqlite:///{tmp_path}/option.db")
    assert (tmp_path / "option.db").exists()


def test_store_is_also_a_path_in_the_option_and_the_variable(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    assert cli("sync", photos, "--store", "option.db").code == 0
    monkeypatch.setenv("IMGMETA_STORE", "~/variable.db")
    assert cli("sync", photos).code == 0
    assert (tmp_path / "option.db").is_file()
    assert (home / "variable.db").is_file()
    assert cli("list", "--store", "sqlite:///option.db").out == cli("list").out


def test_help_is_shown_without_arguments(cli: Cli) -> None:
    result = cli()
    assert result.code == 2
    assert "imgmeta sync photos" in result.out


@pytest.mark.parametrize("command", ["sync", "verify", "reprocess", "show", "list", "stats"])
def test_help_of_every_command_has_examples_and_exit_codes(cli: Cli, command: str) -> None:
    result = cli(command, "--help")
    assert result.code == 0
    assert f"\n  imgmeta {command}" in result.out
    assert "Exit codes: 0 success" in result.out
    assert "--store PATH|URL" in result.out
    assert "--json" in result.out


def test_list_works_in_a_removed_working_directory(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    elsewhere.rmdir()
    result = cli("list", "--store", f"sqlite:///{tmp_path}/imgmeta.db")
    assert result.code == 0
    assert f"{photos}/beach.jpg" in result.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "."],
        ["sync", "photos"],
        ["verify", "photos"],
        ["reprocess", "photos/beach.jpg"],
        ["show", "photos/beach.jpg"],
        ["list"],
        ["list", "--prefix", "photos"],
        ["stats"],
        ["sync", "/"],
        ["show", "0" * 32],
    ],
)
def test_deleted_working_directory_is_a_usage_error(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: list[str]
) -> None:
    assert photos.is_dir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    elsewhere.rmdir()
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "imgmeta: the working directory was deleted: change to another one, or use absolute paths\n"
    )


def test_other_failure_in_a_deleted_working_directory_is_a_usage_error(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    elsewhere.rmdir()

    def failing(*_: object, **__: object) -> None:
        os.getcwd()  # noqa: PTH109 - Path.cwd is the same

    monkeypatch.setattr(FilterOptions, "to_query", failing)
    expected = "imgmeta: the working directory was deleted: change to another one\n"
    assert cli("list") == (2, "", expected)


def test_keyboard_interrupt_during_list_is_silent(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(list_command, "find_sorted_summaries", interrupted)
    assert cli("list") == (130, "", "")


@pytest.mark.usefixtures("default_signals")
def test_interrupted_sync_keeps_finished_images_and_the_next_continues(
    cli: Cli, photos: Path
) -> None:
    for number in range(CHUNK_SIZE):
        Image.new("L", (1, 1)).save(photos / f"{number}.png")
    with interrupt_at_images():
        result = cli("sync", photos, "--json")
    assert result.code == 130
    assert [len(result.json), result.json[-1]] == [CHUNK_SIZE + 1, NOT_INDEXED_COUNTS]
    assert result.err.endswith(
        "Interrupted. Finished images are stored; run sync again to index the rest.\n"
    )
    assert sorted(cli("list", "--json").lines) == sorted(result.lines[:CHUNK_SIZE])
    rest = f"2 processed, 0 failed, {CHUNK_SIZE} unchanged"
    assert cli("sync", photos).lines[-1].startswith(rest)


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_list_has_one_header_on_a_terminal(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    assert cli("list").code == 0
    lines = terminal.getvalue().splitlines()
    assert ["STATUS" in line for line in lines] == [True, False, False]


def test_failures_fit_a_terminal_unless_they_are_shown_in_full(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number:02}/{'long/' * number}x.jpg" for number in range(25)]
    failed = [image_record(each, status=Status.FAILED, error="not an image " * 8) for each in names]
    write_index(tmp_path / "imgmeta.db", failed)
    lines = cli("list", "--status", "failed").lines
    shown = {}
    monkeypatch.setenv("TERM", "xterm")
    for option in ("--full", "--yes"):
        monkeypatch.setattr(sys, "stdout", terminal := Terminal())
        assert cli("list", "--status", "failed", option).code == 0
        shown[option] = re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue()).splitlines()

    assert [line.split() for line in shown["--full"][1:]] == [line.split() for line in lines]
    assert [line[:18] for line in shown["--yes"][1:]] == [line[:18] for line in lines]
    assert {len(line) for line in shown["--yes"][1:]} == {80}
    assert {line.index("  not an") for line in shown["--yes"][1:]} == {11 + 40}


@pytest.mark.parametrize(("options", "bars"), [([], 1), (["--json"], 0), (["--all-files"], 0)])
def test_progress_bar_is_hidden_if_lines_go_to_the_terminal(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], bars: int
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", errors := Terminal())
    assert cli("sync", photos, *options).code == 0
    assert ("2/2" in errors.getvalue()) is bool(bars)


def test_progress_total_covers_all_targets(photos: Path) -> None:
    settings = Settings()
    targets = [parse_target(str(photos)), parse_target(str(photos / "gray.png"))]
    assert len(list(objects_to_sync(settings, open_objects(settings), targets))) == 3


def test_progress_total_ignores_files_with_the_same_start(photos: Path) -> None:
    (photos / "gray.png.png").touch()
    settings = Settings()
    targets = [parse_target(str(photos / "gray.png"))]
    assert len(list(objects_to_sync(settings, open_objects(settings), targets))) == 1


class Unwritable(io.StringIO):
    """Standard output that fails to write."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def write(self, _text: str, /) -> int:
        raise self._error


class Unflushable(Unwritable):
    """Standard output that fails to flush."""

    def write(self, text: str, /) -> int:
        return len(text)

    def flush(self) -> None:
        raise self._error


@pytest.mark.parametrize("kind", [Unwritable, Unflushable])
@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
@pytest.mark.parametrize(
    ("error", "code", "err"),
    [
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
        (
            OSError(28, "No space left on device"),
            1,
            "imgmeta: stopped: No space left on device\n",
        ),
    ],
)
def test_failed_output_ends_the_command(  # noqa: PLR0913, PLR0917 - one argument for each parameter
    cli: Cli,
    photos: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Unwritable],
    arguments: list[str],
    error: OSError,
    code: int,
    err: str,
) -> None:
    cli("sync", photos)
    monkeypatch.setattr(sys, "stdout", kind(error))
    assert cli(*arguments) == (code, "", err)


def test_system_error_names_the_file(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)

    def failing(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error", b"odd\xff\n")

    monkeypatch.setattr(list_command, "find_sorted_summaries", failing)
    assert cli("list") == (1, "", "imgmeta: stopped: Input/output error odd\\udcff\\n\n")


def test_closed_pipe_ends_the_command_silently(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert cli("list") == (141, "", "")
        pipe.flush()


def test_commands_work_with_closed_standard_streams(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("sync", photos)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert cli("list").code == 0
    assert cli("sync", "nowhere").code == 2


def test_index_is_closed_at_the_end_of_a_command(cli: Cli, photos: Path, tmp_path: Path) -> None:
    cli("sync", photos)
    cli("list", "--limit", "1")
    assert not list(tmp_path.glob("imgmeta.db-*"))
    SQLiteImageRepository(tmp_path / "imgmeta.db", must_exist=True).close()


def test_unreadable_folder_is_a_json_line(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (photos / "locked").mkdir()
    real = os.scandir

    def refusing(path: bytes) -> AbstractContextManager[Iterator[os.DirEntry[bytes]]]:
        if path.rstrip(b"/").endswith(b"locked"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refusing)
    synced, verified = cli("sync", "photos", "--json"), cli("verify", "photos", "--json")
    locked = parse_target(str(photos / "locked")).prefix
    folder = {"BucketName": "file://", "ObjectKey": locked, "Uri": f"file:///{locked}"}
    assert synced.json[2] == folder | {"Outcome": "error", "Error": "permission denied"}
    unknown = folder | {"Difference": "unknown", "Error": "permission denied"}
    assert verified.json == [unknown, NOT_INDEXED_COUNTS]
    assert (synced.code, verified.code) == (1, 1)


def test_summary_includes_the_environment(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "staging\x1b[2J")
    assert cli("sync", photos).lines[-1].endswith(r" (staging\x1b[2J)")
