"""The listings of an image repository, for stores that have all their records in memory."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.records import ImageRecord
from imgmeta.core.timestamps import microseconds
from imgmeta.ports import OnUnreadable

__all__ = ["ScanningRepository"]


class ScanningRepository(ABC):
    """Answers all listings of `ImageRepository` from `scan`.

    A subclass adds `get`, `put` and `scan`. Each listing sorts the matching records in memory, so
    this base class suits stores that keep their records there. It assumes that every record is
    readable: a listing does not call `on_unreadable`.
    """

    @abstractmethod
    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,  # noqa: ARG002 - every record is readable
    ) -> Iterator[ImageRecord]:
        """Yield records by upload time: see `ImageRepository.uploaded_between`."""
        uploads = [
            (UploadCursor(record.upload_timestamp, record.image_id), record)
            for record in self.scan()
            if record.upload_timestamp is not None
            and microseconds(since) <= record.upload_timestamp * 1_000_000 < microseconds(until)
        ]
        for cursor, record in sorted(uploads, key=lambda each: each[0]):
            if after is None or cursor > after:
                yield record

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,  # noqa: ARG002 - every record is readable
    ) -> Iterator[ImageRecord]:
        """Yield records in key order: see `ImageRepository.list_prefix`."""
        records = [
            record
            for record in self.scan(include_deleted=include_deleted)
            if record.bucket_name == bucket
            and record.object_key.startswith(prefix)
            and (after is None or record.object_key > after)
        ]
        yield from sorted(records, key=lambda record: record.object_key)

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        """Yield index entries in key order: see `ImageRepository.entries`."""
        return map(IndexEntry.of, self.list_prefix(bucket, prefix, after=after))

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records: see `ImageRepository.count`."""
        return sum(1 for _ in self.list_prefix(bucket, prefix))
