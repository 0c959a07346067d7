"""Queries of the SQLite repository: their indexes, their pages, and older schemas."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository, database, files, schema
from imgmeta.adapters.sqlite.functions import add_functions
from imgmeta.adapters.sqlite.selections import select
from imgmeta.core.attributes import Label, Moment, Number, Sort
from imgmeta.core.cursors import Position, encode_cursor
from imgmeta.core.filters import (
    Contains,
    Filter,
    HasStatus,
    InBox,
    InBucket,
    KeyGlob,
    Near,
    Not,
    NumberBetween,
    TimeBetween,
)
from imgmeta.core.ordering import IfRevision
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.record_examples import image_record
from support.sqlite.rows import insert_without_checksum

MAY, JUNE = datetime(2026, 5, 1), datetime(2026, 6, 1)  # noqa: DTZ001 - local times
MANY = 1200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "i.db"


@pytest.fixture
def repository(path: Path) -> Iterator[SQLiteImageRepository]:
    with SQLiteImageRepository(path) as repository:
        yield repository


def put_all(repository: SQLiteImageRepository, records: list[ImageRecord]) -> None:
    for record in records:
        repository.put(record, IfRevision(None))


def photos(count: int) -> list[ImageRecord]:
    return [
        image_record(f"{n:04}.jpg", file_size=n % 9, latitude=n % 90 / 1.0, longitude=5.0)
        for n in range(count)
    ]


@pytest.mark.usefixtures("repository")
class TestIndexes:
    @pytest.mark.parametrize(
        ("filters", "index"),
        [
            ([TimeBetween(Moment.TAKEN, MAY, JUNE)], "TakenAtIndex"),
            ([TimeBetween(Moment.TAKEN, MAY)], "TakenAtIndex"),
            ([Contains(Label.CAMERA, "canon")], "CameraIndex"),
            ([NumberBetween(Number.SIZE, 5)], "FileSizeIndex"),
            ([Near(48.1, 11.5, 5)], "PlaceIndex"),
            ([InBox(48, 11, 49, 12)], "PlaceIndex"),
            ([InBox(48, 179, 49, -179)], "PlaceIndex"),
            ([TimeBetween(Moment.UPLOADED, MAY.replace(tzinfo=UTC))], "UploadTimestampIndex"),
            ([InBucket("holiday", "2026/")], "BucketKeyIndex"),
        ],
    )
    def test_filter_searches_an_index(self, path: Path, filters: list[Filter], index: str) -> None:
        assert re.search(
            f"SEARCH Records USING( COVERING)? INDEX {index}",
            self.plan(path, Query(tuple(filters))),
        )

    @pytest.mark.parametrize(
        ("sort", "index"), [(Moment.TAKEN, "TakenAtIndex"), (Number.SIZE, "FileSizeIndex")]
    )
    def test_largest_values_are_read_in_order_from_an_index(
        self, path: Path, sort: Sort, index: str
    ) -> None:
        plan = self.plan(path, Query((), sort, descending=True, limit=10))
        assert f"SCAN Records USING INDEX {index}" in plan
        assert "TEMP B-TREE FOR ORDER BY" not in plan

    def plan(self, path: Path, query: Query) -> str:
        """Return SQLite's plan of a query."""
        selection = select(query)
        with closing(sqlite3.connect(path)) as direct:
            add_functions(direct)
            statement = f"EXPLAIN QUERY PLAN {selection.sql}"
            return "\n".join(row[3] for row in direct.execute(statement, (*selection.values, 9)))


class TestPages:
    def test_all_pages_are_found_in_order(self, repository: SQLiteImageRepository) -> None:
        records = photos(MANY)
        put_all(repository, records)
        query = Query((), Number.SIZE, descending=True)
        assert list(repository.find(query)) == query.select(records)

    def test_more_rows_are_read_if_the_first_ones_do_not_match(
        self, repository: SQLiteImageRepository
    ) -> None:
        far = [image_record(f"a{n}", latitude=3.5, longitude=3.5) for n in range(MANY)]
        near = [image_record(f"b{n}", latitude=0.0, longitude=0.0) for n in range(5)]
        put_all(repository, [*far, *near])
        query = Query((Near(0, 0, 400),), limit=3)
        assert list(repository.find(query)) == near[:3]

    def test_unreadable_records_do_not_shorten_the_result(
        self, repository: SQLiteImageRepository, path: Path
    ) -> None:
        records = photos(6)
        put_all(repository, records)
        with closing(sqlite3.connect(path)) as direct, direct:
            direct.execute("UPDATE Records SET Record = '' WHERE ObjectKey < '0002'")
        errors = list[InvalidRecordError]()
        found = list(repository.find(Query(limit=3), on_unreadable=errors.append))
        assert found == records[2:5]
        assert len(errors) == 2

    def test_record_that_changes_during_a_query_is_found_only_if_it_still_matches(
        self, repository: SQLiteImageRepository
    ) -> None:
        records = photos(MANY)
        put_all(repository, records)
        found = repository.find(Query((HasStatus(Status.PROCESSED),)))
        first = next(found)
        failed = image_record(records[-1].object_key, status=Status.FAILED, revision="r2")
        repository.put(failed, IfRevision("r1"))
        assert [first, *found] == records[:-1]

    def test_unfinished_query_does_not_block_writers(
        self, repository: SQLiteImageRepository, path: Path
    ) -> None:
        put_all(repository, photos(3))
        next(repository.find(Query()))
        with closing(sqlite3.connect(path, timeout=0)) as direct, direct:
            direct.execute("DELETE FROM Records")


class TestUnusualValues:
    @pytest.mark.parametrize(
        "query",
        [
            Query((InBucket("\ud800"),)),
            Query((Contains(Label.LENS, "\ud800"),)),
            Query((Not(Contains(Label.LENS, "\ud800")),)),
            Query((KeyGlob("\ud800*"),)),
            Query((NumberBetween(Number.SIZE, 2**70),)),
            Query((Not(NumberBetween(Number.SIZE, None, -(2**70))),)),
            Query((Not(Near(1, 5, 100)),)),
            Query(
                (
                    TimeBetween(
                        Moment.TAKEN_UTC,
                        datetime.min.replace(tzinfo=timezone(timedelta(hours=9))),
                    ),
                )
            ),
            Query(
                (),
                Moment.TAKEN,
                after=encode_cursor(Position(2**62, "a", "b"), Moment.TAKEN, descending=False),
            ),
        ],
        ids=range(9),
    )
    def test_values_that_sqlite_does_not_have_are_compared_by_the_filter(
        self, repository: SQLiteImageRepository, query: Query
    ) -> None:
        records = photos(5)
        put_all(repository, records)
        assert list(repository.find(query)) == query.select(records)

    def test_damaged_text_is_not_an_error_of_a_query(
        self, repository: SQLiteImageRepository, path: Path
    ) -> None:
        records = [image_record(f"{n}", camera_model="X", lens_model="L") for n in range(2)]
        put_all(repository, records)
        with closing(sqlite3.connect(path)) as direct, direct:
            direct.execute(
                "UPDATE Records SET Camera = CAST(x'ff' AS TEXT), LensModel = CAST(x'ff' AS TEXT),"
                " ObjectKey = CAST(x'ff' AS TEXT) WHERE ObjectKey = '0'"
            )
        for query in (
            Query((Contains(Label.CAMERA, "x"),), Label.LENS),
            Query((Not(Contains(Label.CAMERA, "y")), KeyGlob("[!a]")), Label.CAMERA),
        ):
            errors = list[InvalidRecordError]()
            assert list(repository.find(query, on_unreadable=errors.append)) == records[1:]


@pytest.mark.parametrize("version", range(1, schema.UNFILLED_VERSION + 1))
def test_older_schema_that_cannot_be_migrated_is_queried_by_its_records(
    path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:version])
        SQLiteImageRepository(path).close()
    record = image_record(camera_model="X1")
    insert_without_checksum(path, record)
    insert_without_checksum(path, image_record("other"))
    monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
    with SQLiteImageRepository(path, must_exist=True) as repository:
        assert list(repository.find(Query((Contains(Label.CAMERA, "x1"),)))) == [record]
