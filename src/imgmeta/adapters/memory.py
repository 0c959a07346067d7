"""In-memory adapters for tests, and the reference for the other adapters' contract tests."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count, islice
from threading import Lock

from imgmeta.core.drift import IndexEntry
from imgmeta.core.events import Delivery, Hint, encode_hint
from imgmeta.core.objects import (
    AbsentObject,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
    UnlistedObject,
    UnlistedPrefix,
)
from imgmeta.core.ordering import WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.timestamps import microseconds
from imgmeta.ports import OnUnreadable, UploadCursor

__all__ = [
    "InMemoryContent",
    "InMemoryHintQueue",
    "InMemoryImageRepository",
    "InMemoryObjectStore",
]


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

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield index entries in key order: see `ImageRepository.entries`."""
        return map(IndexEntry.of, self.list_prefix(bucket, prefix))

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


@dataclass(slots=True)
class InMemoryContent:
    """The bytes of an object, as a `ByteSource`."""

    data: bytes
    fetched: int = field(default=0, compare=False)

    @property
    def is_local(self) -> bool:
        """Whether small reads are cheap: see `ByteSource.is_local`."""
        return True

    @property
    def size(self) -> int:
        """The object's size in bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end of the object."""
        block = self.data[offset : offset + length]
        self.fetched += len(block)
        return block


class InMemoryObjectStore:
    """Objects in a dictionary. Thread-safe.

    Each `put` creates a new version. The ETag is the content's MD5 digest, as in a simple upload.
    """

    def __init__(self) -> None:
        self._objects: dict[ObjectLocation, tuple[PresentObject, bytes]] = {}
        self._prefix_errors: dict[ObjectLocation, str] = {}
        self._object_errors: dict[ObjectLocation, str] = {}
        self._versions = 0
        self._lock = Lock()

    def put(  # noqa: PLR0913 - one argument per attribute of the object
        self,
        location: ObjectLocation,
        content: bytes,
        *,
        last_modified: datetime,
        content_type: str | None = None,
        content_error: str | None = None,
        storage_class: str | None = None,
    ) -> PresentObject:
        """Store an object, replacing any other, and return its observation.

        Args:
            location: the object's location.
            content: its bytes.
            last_modified: the upload time, timezone-aware.
            content_type: the stored media type.
            content_error: the reason that its bytes cannot be read; None if they can.
            storage_class: the storage class; None for S3 Standard.
        """
        with self._lock:
            self._versions += 1
            stored = PresentObject(
                location=location,
                size=len(content),
                last_modified=last_modified.astimezone(UTC),
                etag=hashlib.md5(content, usedforsecurity=False).hexdigest(),
                content=None,
                content_error=content_error,
                content_type=content_type,
                version_id=str(self._versions),
                storage_class=storage_class,
            )
            self._objects[location] = (stored, content)
            return _with_content(stored, content)

    def delete(self, location: ObjectLocation) -> None:
        """Delete the object, if there is one."""
        with self._lock:
            self._objects.pop(location, None)

    def fail_prefix(self, bucket: str, prefix: str, reason: str) -> None:
        """Make `list` yield an `UnlistedPrefix` instead of the keys that start with `prefix`."""
        with self._lock:
            self._prefix_errors[ObjectLocation(bucket, prefix)] = reason

    def fail_object(self, location: ObjectLocation, reason: str) -> None:
        """Make `list` yield an `UnlistedObject` for the object."""
        with self._lock:
            self._object_errors[location] = reason

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the object's current state: see `ObjectStore.observe`."""
        stored = self._objects.get(location)
        return _with_content(*stored) if stored else AbsentObject(location)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield objects in key order: see `ObjectStore.list`."""
        del skipped  # there are only objects
        with self._lock:
            objects = [each for each, _ in self._objects.values() if each.location.bucket == bucket]
            unlisted = {
                location.key: reason
                for location, reason in self._prefix_errors.items()
                if location.bucket == bucket
            }
        lines: list[Listing] = [
            UnlistedPrefix(max(failed, prefix), reason)
            for failed, reason in unlisted.items()
            if (failed.startswith(prefix) or prefix.startswith(failed))
            and (after is None or failed > after or after.startswith(failed))
        ]
        lines += [
            self._line(each)
            for each in objects
            if each.location.key.startswith(prefix)
            and (after is None or each.location.key > after)
            and (wanted is None or wanted(each.location.key))
            and not each.location.key.startswith(tuple(unlisted))
        ]
        yield from sorted(lines, key=lambda each: each.key)

    def _line(self, stored: PresentObject) -> Listing:
        reason = self._object_errors.get(stored.location)
        if reason is not None:
            return UnlistedObject(stored.location.key, reason)
        return ListedObject(
            stored.location.key,
            stored.size,
            stored.etag or "",
            stored.last_modified,
            stored.storage_class,
        )


def _with_content(stored: PresentObject, content: bytes) -> PresentObject:
    return stored if stored.content_error else replace(stored, content=InMemoryContent(content))


class InMemoryHintQueue:
    """Messages in dictionaries. Thread-safe.

    No time passes: unsettled messages are delivered again only after `expire_visibility`.
    """

    BATCH = 10

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._delivered: dict[str, str] = {}
        self._ids = count(1)
        self._lock = Lock()

    def put(self, body: str) -> None:
        """Add a message with any body."""
        with self._lock:
            self._waiting[f"m{next(self._ids)}"] = body

    def send(self, hints: Iterable[Hint]) -> None:
        """Send the hints: see `HintQueue.send`."""
        for hint in hints:
            self.put(encode_hint(hint))

    def receive(self) -> list[Delivery]:
        """Return up to `BATCH` waiting messages: see `HintQueue.receive`."""
        with self._lock:
            batch = dict(islice(self._waiting.items(), self.BATCH))
            for message_id in batch:
                self._delivered[message_id] = self._waiting.pop(message_id)
        return [Delivery.of(body, message_id=each, receipt=each) for each, body in batch.items()]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Delete the messages of the deliveries: see `HintQueue.settle`."""
        for delivery in deliveries:
            with self._lock:
                self._delivered.pop(delivery.receipt, None)

    def expire_visibility(self) -> None:
        """Make all received, unsettled messages available again."""
        with self._lock:
            self._waiting.update(self._delivered)
            self._delivered.clear()
