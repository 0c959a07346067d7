"""Everything in memory: the model that the other adapters are held against, and a test's world."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
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
from imgmeta.core.timestamps import EPOCH
from imgmeta.ports import UploadCursor

__all__ = [
    "InMemoryContent",
    "InMemoryHintQueue",
    "InMemoryImageRepository",
    "InMemoryObjectStore",
]


class InMemoryImageRepository:
    """Image records in a dictionary. Any number of threads may use it at once."""

    def __init__(self, records: Iterable[ImageRecord] = ()) -> None:
        self._records = {record.image_id: record for record in records}
        self._lock = Lock()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this id, as the port says."""
        return self._records.get(image_id)

    def get_many(self, image_ids: Iterable[str]) -> Iterator[ImageRecord]:
        """Yield the records with these ids, as the port says."""
        for image_id in dict.fromkeys(image_ids):
            record = self._records.get(image_id)
            if record is not None:
                yield record

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write on a condition, as the port says."""
        with self._lock:
            stored = self._records.get(record.image_id)
            result = decide(stored.state if stored else None, record.state, condition)
            if result is WriteResult.STORED:
                self._records[record.image_id] = record
            return result

    def uploaded_between(
        self, since: datetime, until: datetime, *, after: UploadCursor | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the records uploaded in this time, as the port says."""
        found = [
            (UploadCursor(record.upload_timestamp, record.image_id), record)
            for record in self._snapshot(include_deleted=False)
            if record.upload_timestamp is not None
            and _microseconds(since) <= record.upload_timestamp * 1_000_000 < _microseconds(until)
        ]
        for place, record in sorted(found, key=lambda each: each[0]):
            if after is None or place > after:
                yield record

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
    ) -> Iterator[ImageRecord]:
        """Yield the records whose keys start with `prefix`, as the port says."""
        found = [
            record
            for record in self._snapshot(include_deleted=include_deleted)
            if record.bucket_name == bucket
            and record.object_key.startswith(prefix)
            and (after is None or record.object_key > after)
        ]
        yield from sorted(found, key=lambda record: record.object_key)

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield what a listing is compared with, as the port says."""
        return map(IndexEntry.of, self.list_prefix(bucket, prefix))

    def scan(self, *, include_deleted: bool = False) -> Iterator[ImageRecord]:
        """Yield every record, as the port says."""
        yield from self._snapshot(include_deleted=include_deleted)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return how many records `list_prefix` would yield."""
        return sum(1 for _ in self.list_prefix(bucket, prefix))

    def _snapshot(self, *, include_deleted: bool) -> list[ImageRecord]:
        with self._lock:
            records = list(self._records.values())
        return [each for each in records if include_deleted or each.status is not Status.DELETED]


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(slots=True)
class InMemoryContent:
    """The bytes of an object, as a `ByteSource`."""

    data: bytes
    fetched: int = field(default=0, compare=False)

    @property
    def size(self) -> int:
        """The whole length in bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the end."""
        block = self.data[offset : offset + length]
        self.fetched += len(block)
        return block


class InMemoryObjectStore:
    """Objects in a dictionary. Any number of threads may use it at once.

    Every `put` gives its object a new version; the ETag is the MD5 digest of the content, as S3
    has it for a simple upload.
    """

    def __init__(self) -> None:
        self._objects: dict[ObjectLocation, tuple[PresentObject, bytes]] = {}
        self._unlisted: dict[ObjectLocation, str] = {}
        self._blurred: dict[ObjectLocation, str] = {}
        self._versions = 0
        self._lock = Lock()

    def put(
        self,
        location: ObjectLocation,
        content: bytes,
        *,
        at: datetime,
        content_type: str | None = None,
        content_error: str | None = None,
    ) -> PresentObject:
        """Put an object there, over any that was there, and return what `observe` then says.

        Args:
            location: where.
            content: its bytes.
            at: when, aware.
            content_type: the media type that it is stored with.
            content_error: why its bytes cannot be had; None if they can.
        """
        with self._lock:
            self._versions += 1
            seen = PresentObject(
                location=location,
                size=len(content),
                last_modified=at.astimezone(UTC),
                etag=hashlib.md5(content, usedforsecurity=False).hexdigest(),
                content=None,
                content_error=content_error,
                content_type=content_type,
                version_id=str(self._versions),
            )
            self._objects[location] = (seen, content)
            return _with_content(seen, content)

    def delete(self, location: ObjectLocation) -> None:
        """Remove the object there, if there is one."""
        with self._lock:
            self._objects.pop(location, None)

    def hide(self, bucket: str, prefix: str, reason: str) -> None:
        """Make the keys that start with `prefix` impossible to list."""
        with self._lock:
            self._unlisted[ObjectLocation(bucket, prefix)] = reason

    def blur(self, location: ObjectLocation, reason: str) -> None:
        """Make it impossible to list more of the object there than its key."""
        with self._lock:
            self._blurred[location] = reason

    def observe(self, location: ObjectLocation) -> Observation:
        """Return what is there now, as the port says."""
        found = self._objects.get(location)
        return _with_content(*found) if found else AbsentObject(location)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects whose keys start with `prefix`, as the port says."""
        with self._lock:
            objects = [seen for place, (seen, _) in self._objects.items() if place.bucket == bucket]
            unlisted = {
                place.key: reason
                for place, reason in self._unlisted.items()
                if place.bucket == bucket
            }
        found: list[Listing] = [
            UnlistedPrefix(max(hidden, prefix), reason)
            for hidden, reason in unlisted.items()
            if (hidden.startswith(prefix) or prefix.startswith(hidden))
            and (after is None or hidden > after or after.startswith(hidden))
        ]
        found += [
            self._line(seen)
            for seen in objects
            if seen.location.key.startswith(prefix)
            and (after is None or seen.location.key > after)
            and (wanted is None or wanted(seen.location.key))
            and not seen.location.key.startswith(tuple(unlisted))
        ]
        yield from sorted(found, key=lambda each: each.key)

    def _line(self, seen: PresentObject) -> Listing:
        reason = self._blurred.get(seen.location)
        if reason is not None:
            return UnlistedObject(seen.location.key, reason)
        return ListedObject(seen.location.key, seen.size, seen.etag or "", seen.last_modified)


def _with_content(seen: PresentObject, content: bytes) -> PresentObject:
    return seen if seen.content_error else replace(seen, content=InMemoryContent(content))


class InMemoryHintQueue:
    """Messages in dictionaries. Any number of threads may use it at once.

    Time does not pass in here: what is not settled is delivered again after `lapse`.
    """

    BATCH = 10

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._delivered: dict[str, str] = {}
        self._ids = count(1)
        self._lock = Lock()

    def put(self, body: str) -> None:
        """Put a message there, whatever is in it."""
        with self._lock:
            self._waiting[f"m{next(self._ids)}"] = body

    def send(self, hints: Iterable[Hint]) -> None:
        """Put these hints in the queue, as the port says."""
        for hint in hints:
            self.put(encode_hint(hint))

    def receive(self) -> list[Delivery]:
        """Return up to `BATCH` messages that wait, as the port says."""
        with self._lock:
            batch = dict(islice(self._waiting.items(), self.BATCH))
            for message_id in batch:
                self._delivered[message_id] = self._waiting.pop(message_id)
        return [Delivery.of(body, message_id=each, receipt=each) for each, body in batch.items()]

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Forget these messages, as the port says."""
        for delivery in deliveries:
            with self._lock:
                self._delivered.pop(delivery.receipt, None)

    def lapse(self) -> None:
        """Let everything that was received and not settled wait again."""
        with self._lock:
            self._waiting.update(self._delivered)
            self._delivered.clear()
