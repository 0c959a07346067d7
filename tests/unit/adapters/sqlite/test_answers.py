"""Queries of an index with columns of wrong types, which flipped bits cause."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.record_examples import image_record

RECORDS = [
    image_record(f"{name}.jpg", file_size=5, content_hash=f"md5:{'0' * 32}") for name in "abc"
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


@pytest.fixture
def repository(path: Path) -> Generator[SQLiteImageRepository]:
    with SQLiteImageRepository(path) as opened:
        for record in RECORDS:
            opened.put(record, IfRevision(None))
        yield opened


def damage(path: Path, assignment: str) -> None:
    with closing(sqlite3.connect(path)) as direct, direct:
        direct.execute(f"UPDATE Records SET {assignment} WHERE ObjectKey < 'c'")  # noqa: S608 - constants


def test_images_of_equal_size_are_found(repository: SQLiteImageRepository) -> None:
    entries = list(map(ContentEntry.of, RECORDS))
    assert list(repository.same_sizes(Query())) == entries


@pytest.mark.parametrize(
    "assignment", ["FileSize = 'x'", "FileSize = x'05'", "FileSize = 5.5", "ContentHash = x'ff'"]
)
def test_column_of_another_type_is_reported_among_images_of_equal_size(
    path: Path, repository: SQLiteImageRepository, assignment: str
) -> None:
    damage(path, assignment)
    errors: list[InvalidRecordError] = []

    found = list(repository.same_sizes(Query(), on_unreadable=errors.append))
    assert found == [ContentEntry.of(RECORDS[-1])]
    assert {error.message.partition(" in ")[0] for error in errors} == {
        f"the record of {name}.jpg" for name in "ab"
    }
    with pytest.raises(InvalidRecordError, match="its checksum is wrong"):
        list(repository.same_sizes(Query()))


def test_key_of_another_type_is_reported(path: Path, repository: SQLiteImageRepository) -> None:
    damage(path, "ObjectKey = CAST('x' || ObjectKey AS BLOB), Record = 'no JSON'")
    errors: list[InvalidRecordError] = []

    assert len(list(repository.find_summaries(Query(), on_unreadable=errors.append))) == 1
    assert {error.message.partition(" in ")[0] for error in errors} == {
        f"the record of x{name}.jpg" for name in "ab"
    }
