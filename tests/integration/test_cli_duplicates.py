"""`duplicates` on real files, in this process."""

import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta import image_id
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.entrypoints.cli import duplicate_search
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.images.thumbnails import encoded, pattern, photo

BEACH, FOREST, TOWN = (encoded(pattern(seed, (64, 48))) for seed in (1, 2, 4))


def write(folder: Path, **contents: bytes) -> None:
    for name, content in contents.items():
        (folder / f"{name}.jpg").write_bytes(content)


def change(folder: Path, name: str, **attributes: object) -> None:
    """Change attributes of the record of a file."""
    with SQLiteImageRepository(folder / "imgmeta.db") as repository:
        record = repository.get(image_id("file://", f"{folder}/{name}.jpg"[1:]))
        assert record is not None
        changed = record.model_copy(update={"revision": "changed", **attributes})
        repository.put(changed, IfRevision(record.revision))


@pytest.fixture
def folder(tmp_path: Path, cli: Cli) -> Path:
    """Return a folder with two copies of one image, three of a smaller one, and another image."""
    large = BEACH + bytes(10_000)
    write(tmp_path, a=large, b=large, c=FOREST, d=FOREST, e=FOREST, f=TOWN, empty=b"", nil=b"")
    cli("sync", "-q", str(tmp_path))
    return tmp_path


def test_groups_are_listed_with_the_bytes_that_could_be_freed(cli: Cli, folder: Path) -> None:
    small, large = len(FOREST), len(BEACH) + 10_000

    result = cli("duplicates")
    assert result.code == 0
    assert result.err == ""
    assert result.lines == [
        f"2 copies of {large / 1000:.1f} kB, {large / 1000:.1f} kB could be freed",
        "  a.jpg",
        "  b.jpg",
        "",
        f"3 copies of {small / 1000:.2f} kB, {2 * small / 1000:.2f} kB could be freed",
        "  c.jpg",
        "  d.jpg",
        "  e.jpg",
        "",
        f"2 groups, 5 images; {(large + 2 * small) / 1000:.1f} kB could be freed.",
    ]
    assert len([*folder.glob("*.jpg")]) == 8


def test_json_has_a_line_for_each_image(cli: Cli, folder: Path) -> None:
    result = cli("duplicates", "--json")

    rows = [(each["Group"], each["GroupSize"], each["Position"]) for each in result.json]
    assert rows == [(1, 2, 1), (1, 2, 2), (2, 3, 1), (2, 3, 2), (2, 3, 3)]
    assert [each["Uri"] for each in result.json][:2] == [
        (folder / name).as_uri() for name in ("a.jpg", "b.jpg")
    ]
    assert {each["FileSize"] for each in result.json[2:]} == {len(FOREST)}
    assert len({each["ContentHash"] for each in result.json}) == 2
    assert "2 groups, 5 images" in result.err


def test_hashes_are_recorded(cli: Cli, folder: Path) -> None:
    first = cli("duplicates").out
    for path in folder.glob("*.jpg"):
        path.write_bytes(b"changed since the last sync")

    assert cli("duplicates").out == first


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--max-size", "5kB"], "cde"),
        (["--glob", "[abc].jpg"], "ab"),
        (["--near", "48,11", "--within", "5km"], ""),
        (["--not", "glob=[ac].jpg"], "de"),
    ],
)
def test_only_images_that_match_are_compared(
    cli: Cli, folder: Path, options: Sequence[str], found: str
) -> None:
    result = cli("duplicates", "--json", *options)

    assert [each["ObjectKey"][-5] for each in result.json] == [*found]
    assert folder.exists()


def test_links_to_the_same_file_are_left_out(cli: Cli, folder: Path) -> None:
    os.link(folder / "f.jpg", folder / "g.jpg")
    (folder / "h.jpg").symlink_to(folder / "c.jpg")
    cli("sync", str(folder))

    result = cli("duplicates")
    assert "g.jpg" not in result.out
    assert "h.jpg" not in result.out
    assert result.err == "2 links to the same files left out.\n"


def test_single_link_is_counted(cli: Cli, folder: Path) -> None:
    os.link(folder / "f.jpg", folder / "g.jpg")
    cli("sync", str(folder))

    assert cli("duplicates").err == "1 link to the same file left out.\n"


def test_empty_result_is_reported_on_standard_error(cli: Cli, folder: Path) -> None:
    result = cli("duplicates", "--glob", "[af].jpg")
    assert (result.code, result.out, result.err) == (0, "", "No duplicates.\n")
    assert cli("duplicates", "--glob", "[af].jpg", "-q").err == ""
    assert cli("duplicates", "--format", "gif").err == "No image matches.\n"
    assert "were taken" not in cli("duplicates", "--taken-since", "2050").err
    assert folder.exists()


def test_missing_files_are_left_out_and_reported(cli: Cli, folder: Path) -> None:
    (folder / "a.jpg").unlink()

    result = cli("duplicates")
    assert result.lines[1:4] == ["  c.jpg", "  d.jpg", "  e.jpg"]
    assert result.code == 1
    assert "for example a.jpg: it does not exist: run `imgmeta sync`" in result.err


@pytest.mark.parametrize("options", [[], ["--similar"]])
def test_index_of_a_folder_that_is_not_mounted_is_kept(
    cli: Cli, folder: Path, options: list[str]
) -> None:
    write(folder, thumbnail=photo(pattern(3)))
    cli("sync", "-q", str(folder))
    before = cli("list", "--json").json
    for path in folder.glob("*.jpg"):
        path.unlink()

    assert cli("duplicates", *options).code == 1
    assert cli("list", "--json").json == before


def test_images_that_cannot_be_compared_are_reported(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMGMETA_SUFFIXES", "png")

    result = cli("duplicates")
    assert (result.code, result.out) == (1, "")
    line = result.err.splitlines()[-1]
    assert line.startswith("5 images could not be compared, for example a.jpg: its suffix is not")
    assert folder.exists()


def test_unreadable_records_are_reported(cli: Cli, folder: Path) -> None:
    cli("duplicates")
    with closing(sqlite3.connect(folder / "imgmeta.db")) as database, database:
        database.execute("UPDATE Records SET Record = 'x' WHERE ObjectKey LIKE '%a.jpg'")

    result = cli("duplicates", "--not", "near=1,1", "--within", "1km")
    assert (result.code, "2 copies" in result.out, "3 copies" in result.out) == (0, False, True)
    assert "1 unreadable record is not compared, for example" in result.err


def test_missing_hash_is_computed_again(cli: Cli, folder: Path) -> None:
    cli("duplicates")
    change(folder, "c", content_hash=None)

    assert "3 copies" in cli("duplicates").out


def test_large_reads_are_announced(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicate_search, "_MANY_BYTES", 10)

    result = cli("duplicates")
    total = (2 * (len(BEACH) + 10_000) + 3 * len(FOREST)) / 1000
    assert result.err == f"Reading 5 images: up to {total:.1f} kB.\n"
    assert result.code == 0
    assert folder.exists()


class Terminal(StringIO):
    """A stream that claims to be a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_terminal_shows_the_first_images_of_a_group(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    write(tmp_path, **{f"copy{number:02}": BEACH for number in range(13)})
    cli("sync", "-q", str(tmp_path))

    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    cli("duplicates")
    assert "copy09.jpg" in terminal.getvalue()
    assert "copy10.jpg" not in terminal.getvalue()
    assert "… and 3 more; --full shows all" in terminal.getvalue()
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    cli("duplicates", "--full")
    assert "copy12.jpg" in terminal.getvalue()


@pytest.mark.parametrize(("options", "bars"), [([], 1), (["-q"], 0)])
def test_progress_bar_counts_the_images_that_are_read(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], bars: int
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", errors := Terminal())

    assert cli("duplicates", *options).code == 0
    assert ("5/5" in errors.getvalue()) is bool(bars)
    assert folder.exists()


class TestSimilar:
    @pytest.fixture
    def photos(self, tmp_path: Path, cli: Cli) -> Path:
        """Return a folder with an image, a reduced and a rotated copy of it, and others."""
        rotated = pattern(3).rotate(90, expand=True)
        write(
            tmp_path,
            original=photo(pattern(3), size=(800, 600)),
            reduced=photo(encoded(pattern(3, (120, 90)), quality=40)),
            rotated=photo(rotated, orientation=6, size=(300, 400)),
            other=photo(pattern(5)),
            black1=photo(pattern(0).point(lambda _: 0)),
            black2=photo(pattern(0).point(lambda _: 0), size=(40, 30)),
            bare=BEACH,
        )
        cli("sync", "-q", str(tmp_path))
        return tmp_path

    def test_copies_of_other_sizes_are_found(self, cli: Cli, photos: Path) -> None:
        result = cli("duplicates", "--similar")

        assert result.code == 0
        assert result.lines[0].startswith("3 similar images, ")
        names = [line.split()[-1] for line in result.lines[1:4]]
        assert names[0] == "original.jpg"
        assert set(names) == {"original.jpg", "reduced.jpg", "rotated.jpg"}
        assert "800×600" in result.lines[1]  # noqa: RUF001 - the multiplication sign is intended
        assert result.lines[4:] == ["", "1 group, 3 images."]
        assert result.err == "3 images without a thumbnail that can be compared.\n"
        assert photos.exists()

    def test_links_are_counted(self, cli: Cli, photos: Path) -> None:
        (photos / "link.jpg").symlink_to(photos / "original.jpg")
        cli("sync", "-q", str(photos))

        result = cli("duplicates", "--similar")
        assert "link.jpg" not in result.out or "original.jpg" not in result.out
        assert result.err.startswith("1 link to the same file left out.\n")

    def test_hashes_are_recorded(self, cli: Cli, photos: Path) -> None:
        first = cli("duplicates", "--similar").out
        for path in photos.glob("*.jpg"):
            path.write_bytes(b"changed since the last sync")

        assert cli("duplicates", "--similar").out == first

    def test_json_has_the_distance(self, cli: Cli, photos: Path) -> None:
        lines = cli("duplicates", "--similar", "--json").json

        assert [each["Position"] for each in lines] == [1, 2, 3]
        assert lines[0]["Distance"] == 0
        assert all(each["Distance"] <= 6 and len(each["ThumbnailHash"]) == 16 for each in lines)
        assert (lines[0]["Width"], lines[0]["Height"]) == (800, 600)
        assert photos.exists()

    def test_links_are_left_out(self, cli: Cli, photos: Path) -> None:
        os.link(photos / "other.jpg", photos / "link.jpg")
        cli("sync", str(photos))

        assert "link.jpg" not in cli("duplicates", "--similar").out

    def test_empty_results_are_reported(self, cli: Cli, photos: Path) -> None:
        result = cli("duplicates", "--similar", "--glob", "o*.jpg")

        assert (result.code, result.out, result.err) == (0, "", "No similar images.\n")
        assert photos.exists()

    def test_images_that_an_older_imgmeta_read_are_counted(self, cli: Cli, photos: Path) -> None:
        change(photos, "bare", reader_version=1)

        result = cli("duplicates", "--similar")
        assert (
            "1 image read by an older imgmeta: run `imgmeta sync` to compare them.\n" in result.err
        )

    def test_unknown_sizes_are_left_out(self, cli: Cli, tmp_path: Path) -> None:
        with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
            for key in "ab":
                record = image_record(f"{key}.jpg", thumbnail_hash="0f" * 8, file_size=None)
                repository.put(record, IfRevision(None))

        result = cli("duplicates", "--similar")
        assert result.lines[0] == "2 similar images, 0 bytes in all but the first"
        assert "×" not in result.out  # noqa: RUF001 - the multiplication sign is intended
        assert "Width" not in cli("duplicates", "--similar", "--json").json[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--distance", "3"], "--distance compares thumbnails: pass --similar too"),
        (["--similar", "--distance", "99"], "at most 15"),
        (["--similar", "--distance", "-1"], "at least 0"),
    ],
)
def test_invalid_options_are_reported(cli: Cli, options: Sequence[str], message: str) -> None:
    result = cli("duplicates", *options)

    assert (result.code, result.out) == (2, "")
    assert message in result.err


def test_missing_index_is_reported(cli: Cli) -> None:
    result = cli("duplicates")

    assert result.code == 2
    assert "imgmeta sync" in result.err
