import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record

TEXT = b"This is a text file."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(TEXT)
    (folder / "b.PNG").write_bytes(TEXT)
    (folder / "notes.txt").write_bytes(TEXT)
    return folder


@pytest.fixture(params=["memory", "sqlite"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImageRepository]:
    if request.param == "memory":
        yield InMemoryImageRepository()
        return
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as opened:
        yield opened


@pytest.fixture
def damaged_repository(tmp_path: Path) -> Iterator[ImageRepository]:
    """Return an index with a record that can be read, and one that cannot."""
    path = tmp_path / "imgmeta.db"
    with SQLiteImageRepository(path) as opened:
        for key in ("a.jpg", "b.jpg"):
            opened.put(image_record(key), IfRevision(None))
        with closing(sqlite3.connect(path)) as direct, direct:
            direct.execute("UPDATE Records SET Width = 1 WHERE ObjectKey = 'a.jpg'")
        yield opened
