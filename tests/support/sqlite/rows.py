"""Rows of an SQLite index, written without the repository."""

import sqlite3
from contextlib import closing
from pathlib import Path

from imgmeta.adapters.sqlite.schema import UNFILLED_VERSION
from imgmeta.core.records import ImageRecord

__all__ = ["insert_without_checksum"]


def insert_without_checksum(path: Path, record: ImageRecord) -> None:
    """Store a record in any schema as the first version of imgmeta did."""
    with closing(sqlite3.connect(path)) as direct, direct:
        (version,) = direct.execute("PRAGMA user_version").fetchone()
        table = "Images" if version < UNFILLED_VERSION else "Records"
        names = {row[1] for row in direct.execute(f"PRAGMA table_info({table})")}
        values = {name: value for name, value in record.to_item().items() if name in names}
        values["Record"] = record.to_json()
        direct.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608 - contains no values
            list(values.values()),
        )
