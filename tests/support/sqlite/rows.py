"""Rows of an SQLite index, written without the repository."""

import sqlite3
from contextlib import closing
from pathlib import Path

from imgmeta.core.records import ImageRecord

__all__ = ["insert_without_checksum"]


def insert_without_checksum(path: Path, record: ImageRecord) -> None:
    """Store a record as the first version of imgmeta did."""
    with closing(sqlite3.connect(path)) as direct, direct:
        names = {row[1] for row in direct.execute("PRAGMA table_info(Images)")}
        values = {name: value for name, value in record.to_item().items() if name in names}
        values["Record"] = record.to_json()
        direct.execute(
            f"INSERT INTO Images ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - contains no values
            list(values.values()),
        )
