"""`sync --dry-run`: the changes that a sync would make, without making them."""

import sqlite3
from pathlib import Path

import pytest
from PIL import Image

from imgmeta.adapters.sqlite import SQLiteImageRepository, database
from imgmeta.entrypoints.cli.rendering.sync_report import difference_label
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.sqlite.rows import insert_without_checksum


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with two images and a text file."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("beach.png", "tower.png"):
        Image.new("L", (2, 2)).save(folder / name)
    (folder / "notes.txt").touch()
    return folder


def _state(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_dry_run_without_an_index_shows_all_images_and_creates_none(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    before = _state(tmp_path)
    result = cli("sync", photos, "--dry-run")
    assert (result.code, result.err) == (0, "")
    assert result.lines == [
        "new      photos/beach.png",
        "new      photos/tower.png",
        "1 file not indexed: 1 text (list them with --all-files)",
        "2 new, 0 unchanged; dry run, nothing was written.",
    ]
    assert _state(tmp_path) == before


@pytest.mark.usefixtures("created_indexes")
@pytest.mark.parametrize("version", [1, 3, 4])
def test_dry_run_leaves_an_old_index_as_it_is(
    cli: Cli, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    record = image_record(str(photos / "gone.png")[1:], bucket_name="file://")
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:version])
        SQLiteImageRepository(tmp_path / "imgmeta.db").close()
    insert_without_checksum(tmp_path / "imgmeta.db", record)
    before = _state(tmp_path)
    for target in ("photos", "photos/gone.png"):
        result = cli("sync", target, "--dry-run")
        assert (result.code, result.err) == (0, "")
        assert "gone     photos/gone.png" in result.lines
    assert _state(tmp_path) == before
    assert cli("sync", "photos").code == 0
    assert _state(tmp_path) != before


def test_dry_run_announces_the_changes_that_the_sync_then_makes(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    cli("sync", "photos")
    Image.new("L", (3, 3)).save(photos / "beach.png")
    (photos / "tower.png").unlink()
    (photos / "new.jpg").write_bytes(b"no image")
    Image.new("L", (3, 3)).save(photos / "same.png")
    cli("sync", "photos/same.png")
    before = _state(tmp_path)
    preview = cli("sync", "photos", "--dry-run")
    assert preview.code == 0
    assert preview.lines[:3] == [
        "changed  photos/beach.png",
        "new      photos/new.jpg",
        "gone     photos/tower.png",
    ]
    assert preview.lines[-1] == (
        "1 changed, 1 new, 1 gone, 1 unchanged; dry run, nothing was written."
    )
    assert _state(tmp_path) == before
    done = cli("sync", "photos")
    assert {line.split()[1] for line in done.lines[:3]} == {
        line.split()[1] for line in preview.lines[:3]
    }
    again = cli("sync", "photos", "--dry-run")
    assert again.lines[-1] == "0 changes, 3 unchanged; dry run, nothing was written."


def test_dry_run_with_json_prints_differences(cli: Cli, photos: Path) -> None:
    assert photos.is_dir()
    result = cli("sync", "photos", "--dry-run", "--json")
    assert [each["Difference"] for each in result.json[:-1]] == ["new", "new"]
    assert result.json[-1]["NotIndexed"] == 1
    assert result.err.endswith("2 new, 0 unchanged; dry run, nothing was written.\n")


def test_dry_run_reports_a_damaged_record_as_to_be_repaired(
    cli: Cli, photos: Path, tmp_path: Path
) -> None:
    cli("sync", photos)
    with sqlite3.connect(tmp_path / "imgmeta.db") as connection:
        connection.execute("UPDATE Records SET ImageId = ImageId, Status = 'lost'")
    connection.close()
    assert [line.split()[0] for line in cli("sync", photos, "--dry-run").lines[:2]] == [
        "repaired",
        "repaired",
    ]


def test_dry_run_exits_with_0_if_a_folder_cannot_be_listed(
    cli: Cli, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from imgmeta.core.drift import Comparison, Difference  # noqa: PLC0415 - only here
    from imgmeta.service import Indexer  # noqa: PLC0415 - only here

    assert photos.is_dir()
    unlisted = Comparison("photos/private/", Difference.UNKNOWN, "permission denied")
    monkeypatch.setattr(Indexer, "verify", lambda *_, **__: iter([unlisted]))
    result = cli("sync", "photos", "--dry-run")
    assert result.code == 0
    assert result.lines[0] == "error    /photos/private/  permission denied"
    assert difference_label(Difference.UNKNOWN)[0] == "error"


def test_overlapping_targets_are_counted_once(cli: Cli, photos: Path) -> None:
    result = cli("sync", photos, ".", photos, "--dry-run")
    assert result.lines[-1].startswith("2 new, 0 unchanged")


@pytest.mark.parametrize(
    ("store", "message"),
    [
        ("none/index.db", "there is no folder"),
        ("photos/beach.png", "is not an imgmeta index"),
        ("mysql://x", "invalid store"),
    ],
)
def test_dry_run_reports_a_store_that_the_sync_could_not_use(
    cli: Cli, photos: Path, store: str, message: str
) -> None:
    result = cli("sync", photos, "--dry-run", "--store", store)
    assert (result.code, result.out) == (2, "")
    assert message in result.err
