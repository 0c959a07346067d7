"""A harness for image repositories, with direct access to their stores."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from imgmeta.core.ordering import IfRevision, WriteResult
from imgmeta.core.records import ImageRecord, Status
from imgmeta.ports import ImageRepository
from imgmeta.testing.strategies.record_examples import image_record

__all__ = [
    "ALWAYS",
    "MANY",
    "SINCE",
    "RepositoryHarness",
    "RepositoryTests",
    "keys",
    "number",
    "tombstone",
    "uploaded",
]

SINCE = datetime(2026, 11, 23, tzinfo=UTC)
ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
MANY = 640
"""More records than any adapter of imgmeta has in a page."""


@dataclass(frozen=True)
class RepositoryHarness:
    """An empty repository, with direct access to its store.

    Attributes:
        repository: the repository to test; if its queries lag behind the writes, inside `waiting`.
        insert_one: stores a record without `put`; None: with `put`.
        corrupt: makes the data stored under an ID an invalid record; None if that is impossible.
        fail_temporarily: makes the store temporarily unavailable; None if that is impossible.
        fail_permanently: makes the store permanently unavailable; None if that is impossible.
        insert_many: stores many records, if that is faster in a batch; otherwise None.
        is_streaming: whether iterators read records from the store; False: they are in memory.
        many: more records than the repository reads in two pages.
    """

    repository: ImageRepository
    insert_one: Callable[[ImageRecord], None] | None = None
    corrupt: Callable[[str], None] | None = None
    fail_temporarily: Callable[[], None] | None = None
    fail_permanently: Callable[[], None] | None = None
    insert_many: Callable[[Iterable[ImageRecord]], None] | None = None
    is_streaming: bool = False
    many: int = MANY

    def insert_directly(self, record: ImageRecord) -> None:
        """Store a record that has no predecessor."""
        if self.insert_one is not None:
            self.insert_one(record)
        else:
            assert self.repository.put(record, IfRevision(None)) is WriteResult.STORED

    def insert_all(self, records: Iterable[ImageRecord]) -> None:
        """Store records that have no predecessors."""
        if self.insert_many is not None:
            self.insert_many(records)
            return
        for record in records:
            self.insert_directly(record)

    def make_unreadable(self, *records: ImageRecord) -> None:
        """Make the data of stored records invalid; skip the test if that is impossible."""
        if self.corrupt is None:
            pytest.skip("this store has no encoded records")
        for record in records:
            self.corrupt(record.image_id)


class RepositoryTests:
    """The fixtures of the tests of image repositories."""

    @pytest.fixture
    def repository(self) -> ImageRepository:
        """Return an empty repository."""
        msg = "override the fixture `repository` or `index`"
        raise NotImplementedError(msg)

    @pytest.fixture
    def index(self, repository: ImageRepository) -> RepositoryHarness:
        """Return the repository; override this fixture to test more of it."""
        return RepositoryHarness(repository)


def number(value: int) -> str:
    """Return a sequencer."""
    return f"{value:032X}"


def tombstone(key: str = "2026/beach.jpg", **changes: object) -> ImageRecord:
    """Return the record of a deleted object."""
    return image_record(key, **{"status": Status.DELETED, "etag": None} | changes)


def uploaded(seconds: int, key: str = "2026/beach.jpg") -> ImageRecord:
    """Return the record of an object uploaded some seconds after `SINCE`."""
    return image_record(key, upload_timestamp=int(SINCE.timestamp()) + seconds)


def keys(records: Iterable[ImageRecord]) -> list[str]:
    """Return the keys of records."""
    return [record.object_key for record in records]
