"""The ports of indexing and queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

from imgmeta.errors import InvalidRecordError

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.cursors import UploadCursor
    from imgmeta.core.drift import IndexEntry
    from imgmeta.core.events import Delivery, Hint
    from imgmeta.core.hints import AuditRequest
    from imgmeta.core.notifications import Notification
    from imgmeta.core.objects import ByteSource, Listing, ObjectLocation, Observation
    from imgmeta.core.ordering import WriteCondition, WriteResult
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.records import ImageRecord

__all__ = [
    "AuditQueue",
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "OnUnreadable",
    "PropertyReader",
]

OnUnreadable = Callable[[InvalidRecordError], object]
"""Takes the error of stored data that is not a readable record."""


class ImageRepository(Protocol):
    """Image records, one per ID; every write is conditional.

    After a write has returned, every later `get` sees it. The other queries may lag behind for a
    moment if the store is distributed.

    Iterators read records as they advance. Unless the records themselves are in memory, the memory
    an iterator needs does not depend on how many records are stored. Records written while an
    iterator is open may be yielded or not; no other record is omitted or yielded twice. A tombstone
    may be removed once its `expires_at` has passed.

    Methods raise TransientError when the store cannot respond now, PermanentError when it will not
    respond until something is changed.

    Stored data may be unreadable: not an image record, or damaged. `get` raises InvalidRecordError
    for it. Iterators of records raise InvalidRecordError too, unless `on_unreadable` is given: then
    they call it with the error, and continue. To `put`, unreadable data counts as no record.
    """

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID, including a tombstone; None if there is none."""
        ...

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write `record` over the record stored under its ID if `core.ordering.decide` permits.

        The decision and the write are one atomic step: of two concurrent writes on the same
        condition, one is refused. A refused write changes nothing. A write replaces the whole
        record.

        Raises:
            ValueError: the record has no revision, or has no sequencer and the condition is
                `IfNewer`; nothing is written.
        """
        ...

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield the records of objects uploaded at or after `since` and before `until`.

        They are ordered by (`upload_timestamp`, `image_id`). Times are compared by the whole
        seconds of `upload_timestamp`. Tombstones are left out, since they have no upload time.

        Args:
            since: a timezone-aware time.
            until: a timezone-aware time.
            after: continue just after the record that this cursor was created from, whether or not
                the record still exists.
            on_unreadable: takes the error of each unreadable record.
        """
        ...

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield the records of one bucket whose keys start with `prefix`, in key order.

        Key order is the order of the keys' UTF-8 bytes, as S3 lists them. The prefix is plain text:
        it has no wildcards, and case matters.

        Args:
            bucket: the bucket's full name.
            prefix: the prefix of the keys; empty for all keys.
            after: continue after this key, whether or not it exists.
            include_deleted: yield tombstones too.
            on_unreadable: takes the error of each unreadable record.
        """
        ...

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        """Yield the `IndexEntry` of each record that `list_prefix` would yield, in the same order.

        Unreadable data is an entry with the reason, instead of an error. Unchanged objects cost
        little, since an entry is less than a record.

        Args:
            bucket: the bucket's full name.
            prefix: the prefix of the keys; empty for all keys.
            after: continue after this key, whether or not it exists.
        """
        ...

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield every record of every bucket once, in any order; tombstones only on request.

        Args:
            include_deleted: yield tombstones too.
            on_unreadable: takes the error of each unreadable record.
        """
        ...

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records that `list_prefix` would yield, without tombstones.

        Unreadable records count too.
        """
        ...


class ObjectStore(Protocol):
    """Objects in buckets, in their current state.

    Methods raise TransientError when the object store cannot respond now, and PermanentError when
    it will not respond until something is changed.
    """

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the current state of a location: a `PresentObject` or an `AbsentObject`.

        The observation includes every change made before the call. An object whose bytes cannot be
        read is present, with `content_error` instead of `content`, and with the same ETag as before
        if the object store tells it. A key that cannot name an object is absent.
        """
        ...

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects of one bucket whose keys start with `prefix`, in key order.

        Key order is the order of the keys' UTF-8 bytes. Size, ETag, LastModified and storage class
        are the same as in an observation. A prefix that cannot be listed is yielded as an
        `UnlistedPrefix`, before all keys that it covers; an object of which only the key is known,
        as an `UnlistedObject`. The listing continues after it. Unless the objects themselves are in
        memory, memory does not depend on the length of the listing.

        Args:
            bucket: the bucket's full name.
            prefix: the prefix of the keys, as plain text; empty for all keys.
            after: continue after this key, whether or not it exists.
            wanted: whether to include the object at a key; the others are skipped without reading
                anything of them. None: include all.
            skipped: is called with the key of each file that is not an object, such as a link to a
                folder, and the reason, for people.
        """
        ...


class PropertyReader(Protocol):
    """Reads the properties of an image file from its header.

    Pixels are never decoded, and no more is fetched than the header and the check of the file's end
    need. For any bytes, `read` returns in bounded time and memory, and raises no errors of its own.
    If the bytes are not a readable image, it returns `Unreadable` with a reason for people. If only
    parts of an image are damaged, it returns the properties that can be trusted, and None for the
    others. The properties of an image always include format, media type, width, height and the size
    as displayed. `complete` is None, or says whether the file has all bytes of its image.
    """

    @property
    def version(self) -> int:
        """The reader version. It rises when the same bytes would give different properties."""
        ...

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties, including the GPS position.

        Raises:
            TransientError: from `content`, passed on.
        """
        ...


class Notifier(Protocol):
    """Sends notifications to people."""

    def notify(self, notification: Notification, /) -> None:
        """Send the notification's subject and text.

        Raises:
            TransientError: it could not be sent now.
            PermanentError: it cannot be sent.
        """
        ...


class HintQueue(Protocol):
    """A queue of hints, which are delivered at least once and in any order.

    A hint is delivered as it was sent, except for its `message_id`: every delivery has the ID that
    the queue gave the message. Any number of threads may send, receive and settle concurrently.

    Every method raises TransientError when the queue cannot respond now, and PermanentError when it
    will not respond until something is changed.
    """

    def send(self, hints: Iterable[Hint]) -> None:
        """Put hints in the queue; when it returns, the queue has all of them.

        When it raises, the queue may have some of them; sending them again does no harm. Hints are
        sent while the iterable is consumed, so any number may be given.

        Raises:
            ValueError: a hint cannot be encoded as a message (`core.events.encode_hint`).
        """
        ...

    def receive(self) -> list[Delivery]:
        """Return some of the waiting messages; an empty list if it finds none.

        A returned message is not delivered again until its visibility timeout ends. Messages are
        returned whatever they contain: `Delivery.parsed` reports unsupported content as malformed.
        """
        ...

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Remove the messages of these deliveries from the queue.

        A message that is not settled is delivered again after its visibility timeout. Settling a
        delivery again does no harm. Any number may be given.
        """
        ...


class AuditQueue(Protocol):
    """The queue of hints, as an audit uses it. Its methods raise the errors of `HintQueue.send`.

    When a method returns, the queue has all messages; when it raises, it may have some of them.
    """

    def send_later(self, hints: Iterable[Hint]) -> None:
        """Put hints in the queue, which delivers them after at least a minute."""
        ...

    def send_audits(self, requests: Iterable[AuditRequest]) -> None:
        """Put requests in the queue, which delivers them as sent, except for `message_id`."""
        ...
