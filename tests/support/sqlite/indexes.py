"""SQLite indexes with given records."""

from collections.abc import Iterable
from pathlib import Path

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import ImageRecord

__all__ = ["write_index"]


def write_index(path: Path, records: Iterable[ImageRecord]) -> None:
    """Add new records to the index at `path`, which is created if it is missing."""
    with SQLiteImageRepository(path) as repository:
        for record in records:
            repository.put(record, IfRevision(None))
