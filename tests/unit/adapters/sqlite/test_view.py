"""The view `images`: its columns, its indexes, and the rows of older schemas."""

import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository, columns, database, files, schema
from imgmeta.adapters.sqlite.columns import (
    ADDED_COLUMNS,
    CHECKSUM_FUNCTION,
    COLUMNS,
    NEW_VALUES,
    checksum,
    checksum_before_columns,
    values_of,
)
from imgmeta.core.attributes import Label
from imgmeta.core.cameras import camera_text
from imgmeta.core.drift import IndexEntry
from imgmeta.core.filters import Contains
from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.errors import InvalidRecordError, PermanentError
from imgmeta.testing.strategies.record_examples import image_record
from support.sqlite.rows import insert_without_checksum

TYPES = {"string": "TEXT", "integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
PHOTO = image_record(
    "été/1 #.jpg",
    camera_make="Canon",
    camera_model="EOS 5D",
    taken_at=datetime(2026, 5, 1, 12),  # noqa: DTZ001 - local
    taken_at_utc=datetime(2026, 5, 1, 10, 0, 0, 500, tzinfo=UTC),
    upload_timestamp=1,
    latitude=1.5,
    longitude=-2.25,
    iso=100,
    complete=False,
    content_hash="md5:900150983cd24fb0d6963f7d28e17f72",
    thumbnail_hash="00ff00ff00ff00ff",
    has_thumbnail=True,
)


def column_type(attribute: dict[str, Any]) -> str:
    """Return the type of the column for the JSON schema of an attribute."""
    kinds = [each.get("type", "string") for each in attribute.get("anyOf", [attribute])]
    return TYPES[next(each for each in kinds if each != "null")]


def read(path: Path, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, as another program reads them."""
    with closing(sqlite3.connect(path)) as direct:
        direct.row_factory = sqlite3.Row
        return [dict(row) for row in direct.execute(query)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with SQLiteImageRepository(tmp_path / "i.db") as repository:
        repository.put(PHOTO, IfRevision(None))
        repository.put(image_record("gone.jpg", status=Status.DELETED), IfRevision(None))
    return tmp_path / "i.db"


class TestColumns:
    def test_each_attribute_has_a_typed_column(self, path: Path) -> None:
        columns = {row["name"]: row["type"] for row in read(path, "PRAGMA table_info(images)")}
        properties = ImageRecord.model_json_schema(by_alias=False)["properties"]
        attributes = {name: column_type(each) for name, each in properties.items()}
        assert columns == attributes | {"uri": "TEXT", "camera": "TEXT"}

    def test_row_has_the_values_of_the_record(self, path: Path) -> None:
        (row,) = read(path, "SELECT * FROM images")
        known = {name: value for name, value in row.items() if value is not None}
        assert known == {
            "uri": "s3://holiday/%C3%A9t%C3%A9/1%20%23.jpg",
            "image_id": PHOTO.image_id,
            "bucket_name": "holiday",
            "object_key": "été/1 #.jpg",
            "status": "processed",
            "processed_at": "2026-11-23 06:30:01.234567",
            "revision": "r1",
            "file_size": 3,
            "upload_timestamp": 1,
            "etag": "e1",
            "schema_version": 1,
            "reader_version": 1,
            "iso": 100,
            "camera": "Canon EOS 5D",
            "camera_make": "Canon",
            "camera_model": "EOS 5D",
            "latitude": 1.5,
            "longitude": -2.25,
            "taken_at": "2026-05-01 12:00:00",
            "taken_at_utc": "2026-05-01 10:00:00.000500",
            "complete": 0,
            "content_hash": "md5:900150983cd24fb0d6963f7d28e17f72",
            "thumbnail_hash": "00ff00ff00ff00ff",
            "has_thumbnail": 1,
        }

    def test_tombstones_are_not_in_the_view(self, path: Path) -> None:
        assert [row["object_key"] for row in read(path, "SELECT * FROM images")] == ["été/1 #.jpg"]

    @pytest.mark.parametrize(
        ("condition", "index"),
        [
            ("taken_at >= '2026-05'", "TakenAtIndex"),
            ("1 ORDER BY taken_at DESC LIMIT 10", "TakenAtIndex"),
            ("camera = 'Canon EOS 5D'", "CameraIndex"),
            ("1 GROUP BY camera", "CameraIndex"),
            ("camera IN ('Canon EOS 5D', 'X1')", "CameraIndex"),
            ("file_size > 1000000", "FileSizeIndex"),
            ("1 ORDER BY file_size DESC LIMIT 10", "FileSizeIndex"),
            ("latitude BETWEEN 1 AND 2 AND longitude BETWEEN 3 AND 4", "PlaceIndex"),
            ("bucket_name = 'holiday' AND object_key >= 'a'", "BucketKeyIndex"),
            ("upload_timestamp > 1700000000", "UploadTimestampIndex"),
            ("content_hash = 'md5:900150983cd24fb0d6963f7d28e17f72'", "ContentHashIndex"),
        ],
    )
    def test_queries_use_an_index(self, path: Path, condition: str, index: str) -> None:
        plan = read(path, f"EXPLAIN QUERY PLAN SELECT camera FROM images WHERE {condition}")  # noqa: S608 - constants above
        assert index in plan[0]["detail"]

    @pytest.mark.parametrize("column", COLUMNS)
    def test_damage_to_any_column_makes_the_record_unreadable(
        self, path: Path, column: str
    ) -> None:
        with closing(sqlite3.connect(path)) as direct, direct:
            direct.execute("DELETE FROM Records WHERE Status = 'deleted'")
            direct.execute(
                f"UPDATE Records SET {column} = CASE typeof({column}) WHEN 'text'"  # noqa: S608 - constants
                f" THEN {column} || 'x' ELSE ifnull({column}, 0) + 1 END"
            )
        with SQLiteImageRepository(path) as repository:
            errors = list[InvalidRecordError]()
            assert list(repository.scan(on_unreadable=errors.append)) == []
            assert len(errors) == 1


def create_old(path: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create an index with an older schema."""
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:version])
        SQLiteImageRepository(path).close()


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.create_function(CHECKSUM_FUNCTION, 1, zlib.crc32)
    return connection


FIRST_WITH_CHECKSUM = 3
KEYS = [f"{number}.jpg" for number in range(7)]


@pytest.fixture(params=[1, 3, schema.UNFILLED_VERSION])
def old(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(schema, "BATCH", 2)
    path = tmp_path / "old.db"
    create_old(path, request.param, monkeypatch)
    for key in KEYS:
        insert_without_checksum(path, image_record(key, camera_model="X1"))
    return path


class TestOlderSchemas:
    def test_migration_fills_all_rows(self, old: Path) -> None:
        with SQLiteImageRepository(old) as repository:
            records = list(repository.scan())
            assert list(repository.entries("holiday")) == list(map(IndexEntry.of, records))
        rows = read(old, "SELECT * FROM images WHERE camera = 'X1' AND file_size = 3 ORDER BY uri")
        assert [row["uri"] for row in rows] == [f"s3://holiday/{key}" for key in KEYS]
        assert read(old, "SELECT 1 FROM Records WHERE Checksum IS NULL") == []

    def test_interrupted_migration_is_continued(
        self, old: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill = schema.fill_batch

        def interrupted(connection: sqlite3.Connection, after: int) -> int | None:
            if after >= 4:
                raise KeyboardInterrupt
            return fill(connection, after)

        with monkeypatch.context() as patch:
            patch.setattr(database, "fill_batch", interrupted)
            with pytest.raises(KeyboardInterrupt):
                SQLiteImageRepository(old)
        assert read(old, "SELECT count(*) AS n FROM Records WHERE Uri IS NOT NULL") == [{"n": 4}]
        self.test_migration_fills_all_rows(old)

    @pytest.mark.parametrize("access", ["writable", "read-only"])
    def test_damaged_row_stays_unreadable(
        self, old: Path, monkeypatch: pytest.MonkeyPatch, access: str
    ) -> None:
        with closing(connect(old)) as direct, direct:
            (version,) = direct.execute("PRAGMA user_version").fetchone()
            (table,) = direct.execute("SELECT name FROM sqlite_master LIMIT 1").fetchone()
            if version >= FIRST_WITH_CHECKSUM:
                direct.execute(f"UPDATE {table} SET Checksum = {checksum_before_columns()}")  # noqa: S608 - constants
                direct.execute(f"UPDATE {table} SET ETag = 'other' WHERE Number = 2")  # noqa: S608 - as above
            direct.execute(f"UPDATE {table} SET Record = '' WHERE Number = 3")  # noqa: S608 - as above
        if access == "read-only":
            monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
        damaged = KEYS[1:3] if version >= FIRST_WITH_CHECKSUM else KEYS[2:3]
        with SQLiteImageRepository(old, must_exist=True) as repository:
            entries = list(repository.entries("holiday"))
        assert [each.object_key for each in entries if each.unreadable] == damaged

    def test_write_to_a_read_only_index_of_an_older_schema_is_refused(
        self, old: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
        with (
            SQLiteImageRepository(old, must_exist=True) as repository,
            pytest.raises(PermanentError, match=r"cannot write to .* permissions"),
        ):
            repository.put(image_record("new"), IfRevision(None))

    def test_reader_understands_an_interrupted_migration(
        self, old: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[: schema.UNFILLED_VERSION])
            SQLiteImageRepository(old).close()
        with closing(connect(old)) as direct, direct:
            assert schema.fill_batch(direct, 0) == schema.BATCH
        monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
        with SQLiteImageRepository(old, must_exist=True) as repository:
            assert [each.object_key for each in repository.scan()] == KEYS
            assert [each.unreadable for each in repository.entries("holiday")] == [None] * 7

    def test_concurrent_migrations_fill_all_rows(self, old: Path) -> None:
        barrier = Barrier(4)
        errors = list[Exception]()

        def migrate() -> None:
            barrier.wait()
            try:
                SQLiteImageRepository(old).close()
            except Exception as error:  # noqa: BLE001 - reported below
                errors.append(error)

        threads = [Thread(target=migrate) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        self.test_migration_fills_all_rows(old)


class TestSchemaWithoutHashes:
    """Schema 5, whose rows keep their checksums."""

    @pytest.fixture
    def old(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "old.db"
        create_old(path, 5, monkeypatch)
        columns = [name for name in COLUMNS if name not in ADDED_COLUMNS]
        values = {name: name for name in columns}
        check = checksum(values | dict.fromkeys(ADDED_COLUMNS, "NULL"))
        with closing(connect(path)) as direct, direct:
            direct.executemany(
                f"INSERT INTO Records ({', '.join(columns)}, Checksum)"  # noqa: S608 - constants
                f" SELECT {', '.join(columns)}, {check} FROM {NEW_VALUES}",
                [values_of(image_record(key)) for key in KEYS],
            )
        return path

    @pytest.mark.parametrize("access", ["writable", "read-only"])
    def test_all_rows_stay_readable(
        self, old: Path, monkeypatch: pytest.MonkeyPatch, access: str
    ) -> None:
        if access == "read-only":
            monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
        with SQLiteImageRepository(old, must_exist=True) as repository:
            assert [each.object_key for each in repository.scan()] == KEYS
            assert [each.unreadable for each in repository.entries("holiday")] == [None] * 7

    def test_migrated_rows_take_hashes(self, old: Path) -> None:
        changed = image_record(KEYS[0], revision="r2", content_hash=PHOTO.content_hash)
        with SQLiteImageRepository(old) as repository:
            assert repository.put(changed, IfRevision("r1")) is WriteResult.STORED
            assert repository.get(changed.image_id) == changed
        (row,) = read(old, "SELECT * FROM images WHERE content_hash IS NOT NULL")
        assert row["object_key"] == KEYS[0]


class TestSchemaWithRepeatedMakes:
    """Schema 6, whose column `Camera` repeats the make."""

    @pytest.fixture
    def old(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "old.db"
        zoom = {"camera_make": "Kaleido", "camera_model": "Kaleido Zoom 7"}
        with monkeypatch.context() as patch:
            patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:6])
            patch.setattr(columns, "camera_name", camera_text)
            with SQLiteImageRepository(path) as repository:
                repository.put(image_record(KEYS[0], **zoom), IfRevision(None))
                repository.put(image_record(KEYS[1], **zoom), IfRevision(None))
                repository.put(image_record(KEYS[2], camera_model="X1"), IfRevision(None))
        return path

    def test_migration_removes_repeated_makes(self, old: Path) -> None:
        before = read(old, "SELECT DISTINCT camera FROM images ORDER BY camera")
        with SQLiteImageRepository(old) as repository:
            assert [each.unreadable for each in repository.entries("holiday")] == [None] * 3
        after = read(old, "SELECT camera, count(*) AS images FROM images GROUP BY camera")

        assert [row["camera"] for row in before] == ["Kaleido Kaleido Zoom 7", "X1"]
        assert after == [{"camera": "Kaleido Zoom 7", "images": 2}, {"camera": "X1", "images": 1}]

    def test_damaged_row_stays_unreadable(self, old: Path) -> None:
        with closing(connect(old)) as direct, direct:
            direct.execute("UPDATE Records SET ETag = 'other' WHERE Number = 2")
        with SQLiteImageRepository(old) as repository:
            entries = list(repository.entries("holiday"))

        assert [each.object_key for each in entries if each.unreadable] == [KEYS[1]]

    @pytest.mark.parametrize("access", ["writable", "read-only"])
    def test_filters_find_make_and_model(
        self, old: Path, monkeypatch: pytest.MonkeyPatch, access: str
    ) -> None:
        if access == "read-only":
            monkeypatch.setattr(files.IndexFile, "_is_writable", lambda _: False)
        with SQLiteImageRepository(old, must_exist=True) as repository:
            for text in ("kaleido", "zoom", "kaleido zoom", "kaleido kaleido"):
                query = Query((Contains(Label.CAMERA, text),))
                assert [each.object_key for each in repository.find(query)] == KEYS[:2]
