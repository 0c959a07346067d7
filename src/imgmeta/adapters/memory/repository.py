"""An image repository in memory."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from threading import Lock

from imgmeta.core.cursors import UploadCursor
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.core.timestamps import microseconds
from imgmeta.ports import OnUnreadable

__all__ = ["InMemoryImageRepository"]


class InMemoryImageRepository:
    """Image records in a dictionary. Thread-safe."""

    def __init__(self, records: Iterable[ImageRecord] = ()) -> None:
        self._records = {record.image_id: record for record in records}
        self._lock = Lock()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID: see `ImageRepository.get`."""
        return self._records.get(image_id)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record conditionally: see `ImageRepository.put`."""
        with self._lock:
            stored = self._records.get(record.image_id)
            result = decide(stored.state if stored else None, record.state, condition)
            if result is WriteResult.STORED:
                self._records[record.image_id] = record
            return result

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
            for record in self._snapshot(include_deleted=False)
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
            for record in self._snapshot(include_deleted=include_deleted)
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

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""
        del on_unreadable  # as above
        yield from self._snapshot(include_deleted=include_deleted)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records: see `ImageRepository.count`."""
        return sum(1 for _ in self.list_prefix(bucket, prefix))

    def _snapshot(self, *, include_deleted: bool) -> list[ImageRecord]:
        with self._lock:
            records = list(self._records.values())
        return [each for each in records if include_deleted or each.status is not Status.DELETED]
