"""What indexing needs of the world."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from imgmeta.core.drift import IndexEntry
from imgmeta.core.events import Delivery, Hint
from imgmeta.core.notifications import Notification
from imgmeta.core.objects import ByteSource, Listing, ObjectLocation, Observation
from imgmeta.core.ordering import WriteCondition, WriteResult
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import ImageRecord

__all__ = [
    "HintQueue",
    "ImageRepository",
    "Notifier",
    "ObjectStore",
    "PropertyReader",
    "UploadCursor",
]


class UploadCursor(NamedTuple):
    """A place in the order of `ImageRepository.uploaded_between`: just after one record."""

    upload_timestamp: int
    image_id: str

    @classmethod
    def after(cls, record: ImageRecord) -> Self:
        """Return the place just after `record`, which `uploaded_between` yielded."""
        return cls(record.upload_timestamp or 0, record.image_id)


class ImageRepository(Protocol):
    """Image records, one for each id, written only on a condition.

    A write that has returned is seen by every read that starts afterwards through `get` and
    `get_many`. The other queries may lag behind by a moment where the store is a distributed one.
    Iterators fetch as they go: where the records are not themselves in memory, what an iterator
    takes does not depend on how much is stored; and records
    that are written while one is open may be yielded or not, but no other record is lost or
    yielded twice. A tombstone may be forgotten once its `expires_at` has passed.

    Every method raises TransientError when the store cannot answer now, PermanentError when it
    never will, and InvalidRecordError when what is stored is not an image record.
    """

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this id, a tombstone included; None if there is none."""
        ...

    def get_many(self, image_ids: Iterable[str]) -> Iterator[ImageRecord]:
        """Yield the records that there are with these ids, tombstones included.

        The order is any. An id that is given twice, or that has no record, makes no second and no
        empty result. Any number of ids may be given.
        """
        ...

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write `record` over what is stored under its id, if `core.ordering.decide` says so.

        The decision and the write are one atomic step: of two writers on the same condition, one
        is refused. What is refused changes nothing. What is stored is replaced whole.

        Raises:
            ValueError: `IfNewer` for a record without a sequencer; nothing is written.
        """
        ...

    def uploaded_between(
        self, since: datetime, until: datetime, *, after: UploadCursor | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the records of objects uploaded at or after `since` and before `until`.

        They come in the order of (`upload_timestamp`, `image_id`). Times are compared by whole
        seconds of `upload_timestamp`. Tombstones are left out: they have no time of upload.

        Args:
            since: an aware time.
            until: an aware time.
            after: go on just after the record that this cursor was made of, whether or not that
                record is still there.
        """
        ...

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
    ) -> Iterator[ImageRecord]:
        """Yield the records of one bucket whose keys start with `prefix`, in key order.

        Key order is that of the keys' UTF-8 bytes, as S3 lists. The prefix is plain text: no
        character in it is a wildcard, and case matters.

        Args:
            bucket: the bucket's whole name.
            prefix: what the keys start with; empty for all.
            after: go on after this key, whether or not it is there.
            include_deleted: yield tombstones too.
        """
        ...

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield the `IndexEntry` of each record that `list_prefix` would yield, in that order.

        It reads no more of a record than that, so that what did not change costs little.
        """
        ...

    def scan(self, *, include_deleted: bool = False) -> Iterator[ImageRecord]:
        """Yield every record of every bucket once, in any order; tombstones only if asked."""
        ...

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return how many records `list_prefix` would yield, tombstones not counted."""
        ...


class ObjectStore(Protocol):
    """Objects in buckets, as they are now.

    Methods raise TransientError when the store cannot answer now, and PermanentError when it
    will not answer until somebody changes something.
    """

    def observe(self, location: ObjectLocation) -> Observation:
        """Return what is at this place now: a `PresentObject` or an `AbsentObject`.

        What is returned is at least as new as everything that happened before the call. An object
        whose bytes cannot be had is present, with `content_error` instead of `content`. A key that
        can name no object is absent.
        """
        ...

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects of one bucket whose keys start with `prefix`, in key order.

        Key order is that of the keys' UTF-8 bytes. Size, ETag and LastModified are those that
        `observe` gives. A part that cannot be listed is yielded as an `UnlistedPrefix`, before any
        key it covers, an object of which no more than the key is known as an `UnlistedObject`; the
        listing goes on behind it. Memory does not depend on how much is listed, where the objects
        are not themselves in memory.

        Args:
            bucket: the bucket's whole name.
            prefix: what the keys start with, as plain text; empty for all.
            after: go on after this key, whether or not it is there.
            wanted: whether the object at a key is of interest; the others are left out, and not
                even looked at. None: all are.
        """
        ...


class PropertyReader(Protocol):
    """Reads what an image file says of itself, from its header.

    Pixels are never decoded, and no more is fetched than the header needs. However the bytes are
    made, `read` returns in bounded time and memory, and raises nothing of its own: what is not a
    readable image is `Unreadable`, with a reason for people; of an image with damaged parts, the
    properties that can be trusted are returned and the others are None. An image that is returned
    has a format, a media type, width, height and the size as displayed.
    """

    @property
    def version(self) -> int:
        """Rises when the same bytes would give other properties: records are then read again."""
        ...

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        """Return the image's properties, location included.

        Raises:
            TransientError: from `content`, passed on.
        """
        ...


class Notifier(Protocol):
    """Tells people something."""

    def notify(self, message: Notification) -> None:
        """Send the message's subject and text.

        Raises:
            TransientError: it could not be sent now.
            PermanentError: it cannot be sent.
        """
        ...


class HintQueue(Protocol):
    """Hints on their way to whoever looks into them, delivered at least once and in any order.

    A hint arrives as it was sent, but for its `message_id`: that is the one which the queue gave
    its message, in every delivery of it. Any number of threads may send, receive and settle at
    once.

    Every method raises TransientError when the queue cannot answer now, and PermanentError when
    it will not answer until somebody changes something.
    """

    def send(self, hints: Iterable[Hint]) -> None:
        """Put these hints in the queue; when it returns, all of them are.

        When it raises, some of them may be: sending them again does no harm. Hints are sent while
        they are still being iterated over: any number may be given.

        Raises:
            ValueError: no message can say one of them (`core.events.message_of`).
        """
        ...

    def receive(self) -> list[Delivery]:
        """Return some of the messages that wait; none if none is found to wait.

        A message that is returned is not delivered to anyone else for a while. Whatever is in it,
        it is returned: what is no event is malformed in `Delivery.parsed`.
        """
        ...

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Say of these deliveries that their messages need not be delivered again.

        A message that is not settled is delivered again, after that while. Settling a delivery
        again does no harm. Any number may be given.
        """
        ...
