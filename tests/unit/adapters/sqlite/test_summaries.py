"""Summaries from the columns of damaged, forged and old rows."""

import sqlite3
import zlib
from collections.abc import Generator
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.columns import COLUMNS, checksum
from imgmeta.core.attributes import Number
from imgmeta.core.filters import Near, NumberBetween
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.summaries import RecordSummary
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.record_examples import image_record
from support.sqlite.rows import insert_without_checksum

RECORD = image_record("a.jpg", format="JPEG", file_size=5, latitude=48.1, longitude=11.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.db"


@pytest.fixture
def repository(path: Path) -> Generator[SQLiteImageRepository]:
    with SQLiteImageRepository(path) as opened:
        yield opened


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as direct, direct:
        direct.create_function("crc32", 1, zlib.crc32)
        direct.execute(statement)


def forge(path: Path, assignment: str) -> None:
    """Change the stored row, and give it the checksum that it would have."""
    execute(path, f"UPDATE Records SET {assignment}")  # noqa: S608 - constants
    execute(path, f"UPDATE Records SET Checksum = {checksum({name: name for name in COLUMNS})}")  # noqa: S608 - as above


def test_row_without_checksum_is_decoded(path: Path, repository: SQLiteImageRepository) -> None:
    insert_without_checksum(path, RECORD)

    assert list(repository.find_summaries(Query())) == [RecordSummary.of(RECORD)]


def test_intact_record_is_not_decoded(path: Path, repository: SQLiteImageRepository) -> None:
    repository.put(RECORD, IfRevision(None))
    forge(path, "Record = 'no JSON'")

    assert list(repository.find_summaries(Query())) == [RecordSummary.of(RECORD)]


@pytest.mark.parametrize(
    "assignment",
    [
        *("Format = x'ff'", "FileSize = 1.5", "FileSize = 'x'", "Error = x'ff'"),
        *("Complete = 2", "Status = 'other'", "TakenAt = 'yesterday'", "TakenAtUtc = '2026-13'"),
        "Latitude = 'north'",
    ],
)
def test_row_with_impossible_values_is_decoded_even_with_its_checksum(
    path: Path, repository: SQLiteImageRepository, assignment: str
) -> None:
    repository.put(RECORD, IfRevision(None))
    forge(path, assignment)
    assert list(repository.find_summaries(Query())) == [RecordSummary.of(RECORD)]
    counts = repository.count_summaries(Query(), RecordSummary._fields)
    assert [(each.number, each.file_size) for each in counts] == [(1, 5)]

    forge(path, "Record = 'no JSON'")
    with pytest.raises(InvalidRecordError, match=r"a\.jpg .* is unreadable"):
        list(repository.find_summaries(Query()))


def test_damaged_row_is_reported(path: Path, repository: SQLiteImageRepository) -> None:
    repository.put(RECORD, IfRevision(None))
    execute(path, "UPDATE Records SET FileSize = FileSize + 1")
    errors: list[InvalidRecordError] = []

    assert list(repository.find_summaries(Query(), on_unreadable=errors.append)) == []
    assert [error.message for error in errors] == [
        f"the record of a.jpg in {path} is unreadable (its checksum is wrong)"
    ]


@pytest.mark.parametrize("other", [False, True])
def test_record_that_changes_during_the_query_must_still_match(
    path: Path, repository: SQLiteImageRepository, *, other: bool
) -> None:
    keys = [f"{number:04}.jpg" for number in range(1001)]
    for key in keys:
        repository.put(image_record(key, file_size=5), IfRevision(None))
    found = repository.find_summaries(Query((NumberBetween(Number.SIZE, maximum=9),)))
    assert next(found).object_key == keys[0]

    with SQLiteImageRepository(path) if other else nullcontext(repository) as writer:
        for key, size in ((keys[-2], 6), (keys[-1], 10)):
            stored = image_record(key, file_size=5)
            changed = stored.model_copy(update={"file_size": size, "revision": "1" * 32})
            assert writer.put(changed, IfRevision(stored.revision)) is WriteResult.STORED

    rest = [(each.object_key, each.file_size) for each in found]
    assert rest == [*((key, 5) for key in keys[1:-2]), (keys[-2], 6)]


@pytest.mark.parametrize(("distance", "count"), [(5, 1), (0.1, 0)])
def test_distance_is_compared_with_the_columns(
    path: Path, repository: SQLiteImageRepository, distance: float, count: int
) -> None:
    repository.put(RECORD, IfRevision(None))
    forge(path, "Record = 'no JSON'")

    near = Query((Near(48.11, 11.51, distance),))
    assert len(list(repository.find_summaries(near))) == count


def test_records_that_share_values_are_counted_together(repository: SQLiteImageRepository) -> None:
    largest = 2**63 - 1
    for key in ("a.jpg", "b.jpg"):
        record = image_record(key, format="JPEG", file_size=largest, iso=len(key))
        repository.put(record, IfRevision(None))

    (count,) = repository.count_summaries(Query(), ["format"])
    assert (count.number, count.file_size, count.summary.format) == (2, 2 * largest, "JPEG")
    assert count.summary.iso is None


def test_undecodable_text_is_counted_by_its_record(
    path: Path, repository: SQLiteImageRepository
) -> None:
    repository.put(RECORD, IfRevision(None))
    forge(path, "Format = CAST(x'ff' AS TEXT)")

    (count,) = repository.count_summaries(Query(), ["format"])
    assert (count.number, count.summary.format) == (1, "\udcff")
