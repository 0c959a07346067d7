import os
import sqlite3
from pathlib import Path

import pytest

from imgmeta.adapters.recorded_values import recorded_values
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import Status
from imgmeta.testing.strategies.record_examples import image_record

CAMERA = "camera"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Return an index with cameras."""
    path = tmp_path / "in dex%20?#.db"
    with SQLiteImageRepository(path) as repository:
        for number, (make, model) in enumerate(
            [
                ("Canon", "EOS 5D"),
                ("Canon", "EOS 5D"),
                (None, "写真"),
                (None, None),
                ("Apple", None),
            ]
        ):
            record = image_record(f"{number}.jpg", camera_make=make, camera_model=model)
            repository.put(record, IfRevision(None))
        gone = image_record("gone.jpg", status=Status.DELETED, camera_model="gone")
        repository.put(gone, IfRevision(None))
    return path


def test_values_are_distinct_joined_and_sorted(index: Path) -> None:
    assert recorded_values(str(index), CAMERA, seconds=60) == ["Apple", "Canon EOS 5D", "写真"]
    assert recorded_values(str(index), "lens_model", seconds=60) == []


def test_no_file_is_created(index: Path) -> None:
    before = sorted(os.listdir(index.parent))  # noqa: PTH208 - names only
    recorded_values(str(index), CAMERA, seconds=60)
    assert sorted(os.listdir(index.parent)) == before  # noqa: PTH208 - names only


def test_values_of_an_open_index_are_read_from_its_log(index: Path) -> None:
    with SQLiteImageRepository(index) as repository:
        record = image_record("new.jpg", camera_model="New")
        repository.put(record, IfRevision(None))
        assert "New" in recorded_values(str(index), CAMERA, seconds=60)


def test_reading_ends_when_the_time_is_over(index: Path) -> None:
    with sqlite3.connect(index) as connection:
        connection.executemany(
            "INSERT INTO Records (ImageId, BucketName, ObjectKey, Status, Revision, Record)"
            " VALUES (?, 'b', ?, 'processed', 'r', '{}')",
            [(str(number), str(number)) for number in range(5_000)],
        )
    connection.close()
    assert len(recorded_values(str(index), CAMERA, seconds=-1)) < 4


@pytest.mark.parametrize("content", [b"", b"no database" * 100, b"SQLite format 3\0"])
def test_other_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(content)
    with pytest.raises(sqlite3.Error):
        recorded_values(str(path), CAMERA, seconds=60)


def test_missing_file_and_folder_and_pipe_are_errors(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name in ("none.db", ".", "fifo"):
        with pytest.raises(FileNotFoundError):
            recorded_values(str(tmp_path / name), CAMERA, seconds=60)
