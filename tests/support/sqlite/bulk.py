"""Many records in an SQLite index, written faster than the repository does."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.columns import CHECKSUM_FUNCTION, COLUMNS, values_of
from imgmeta.adapters.sqlite.statements import INSERT_IF_ABSENT
from imgmeta.core.identity import image_id
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record

__all__ = ["BUCKET", "PARTS", "insert_many", "insert_records"]

BUCKET = "holiday"
PARTS = 10
"""Folders of the keys, `0/` to `9/`, each with the same number of records."""


def insert_many(path: Path, count: int) -> None:
    """Write an index with `count` records of photos."""
    _insert(path, _rows(count))


def insert_records(path: Path, records: Iterable[ImageRecord]) -> None:
    """Write an index with records of different images."""
    _insert(path, map(values_of, records))


def _insert(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    with SQLiteImageRepository(path):
        pass  # creates the schema
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function(CHECKSUM_FUNCTION, 1, zlib.crc32, deterministic=True)
        # A file that a crash damages is written again by the next test.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        with connection:
            connection.executemany(INSERT_IF_ABSENT, rows)
        connection.execute("PRAGMA journal_mode = WAL")


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    moment = datetime(2026, 6, 7, 8, 9, 10, tzinfo=UTC)
    key = "0/IMG_0.jpg"
    photo = image_record(
        key,
        upload_timestamp=1_781_000_000,
        upload_date=moment,
        last_modified=moment + timedelta(microseconds=1),
        format="JPEG",
        mime_type="image/jpeg",
        width=6000,
        height=4000,
        display_width=6000,
        display_height=4000,
        camera_make="Canon",
        camera_model="EOS 5D",
        exposure_time=0.008,
        f_number=2.8,
        iso=100,
        focal_length=50.0,
        latitude=48.137,
        longitude=11.575,
        altitude=519.5,
        taken_at=moment.replace(tzinfo=None),
        taken_at_offset="+02:00",
        taken_at_utc=moment,
        complete=True,
    )
    values = dict(zip(COLUMNS, values_of(photo), strict=True))
    record = photo.to_json()
    for number in range(count):
        new_key = f"{number % PARTS}/IMG_{number:07}.jpg"
        new_id = image_id(BUCKET, new_key)
        row = values | {
            "ImageId": new_id,
            "ObjectKey": new_key,
            "Uri": f"s3://{BUCKET}/{new_key}",
            "Record": record.replace(photo.image_id, new_id, 1).replace(key, new_key, 1),
        }
        yield tuple(row.values())
