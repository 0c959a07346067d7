"""Image records in one SQLite file."""

from imgmeta.adapters.sqlite.repository import SQLiteImageRepository

__all__ = ["SQLiteImageRepository"]
