"""Differences between a listing and the index, found by one merge in key order."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Self

from imgmeta.core.objects import (
    ARCHIVE_CLASSES,
    AbsentObject,
    ListedObject,
    Listing,
    Observation,
    PresentObject,
)
from imgmeta.core.records import ImageRecord, Status

__all__ = [
    "Comparison",
    "ContentCheck",
    "ContentComparison",
    "Difference",
    "IndexEntry",
    "compare",
    "compare_observation",
]


class IndexEntry(NamedTuple):
    """The part of a record that is compared with a listing; see `ImageRecord`.

    If the stored data is not a readable record, `unreadable` is the reason, and the other fields
    except for the key have no meaning.
    """

    object_key: str
    file_size: int | None
    etag: str | None
    reader_version: int | None
    latitude: float | None
    longitude: float | None
    altitude: float | None
    storage_class: str | None = None
    content_error: str | None = None
    content_hash: str | None = None
    unreadable: str | None = None

    @classmethod
    def of(cls, record: ImageRecord) -> Self:
        """Return the entry of a record."""
        return cls(*(getattr(record, name) for name in cls._fields[:-1]))

    @classmethod
    def of_unreadable(cls, key: str, reason: str) -> Self:
        """Return the entry of data that is not a readable record."""
        return cls._make([key, *[None] * (len(cls._fields) - 2), reason])


class Difference(StrEnum):
    """How the index differs from the object store at one key."""

    SAME = "same"
    """The index and the object store agree."""
    NEW = "new"
    """The object is not in the index."""
    CHANGED = "changed"
    """The object's size or ETag differs from its record."""
    OUTDATED = "outdated"
    """The object's content is unchanged, but its record must be written again."""
    GONE = "gone"
    """The index has a record, but the object does not exist."""
    CORRUPTED = "corrupted"
    """The object's bytes differ from its content hash, although the object store says that they are
    unchanged. Only a comparison that reads the content finds it."""
    UNREADABLE = "unreadable"
    """The index has data for the object that is not a readable record."""
    UNKNOWN = "unknown"
    """The object could not be listed."""


class Comparison(NamedTuple):
    """The difference at one key.

    Attributes:
        key: the object's key.
        difference: the difference.
        reason: the reason if it is unknown, unreadable or corrupted.
        content_hash: the content hash in the record, if any.
        archived: whether the object must be restored before its bytes can be read.
    """

    key: str
    difference: Difference
    reason: str | None = None
    content_hash: str | None = None
    archived: bool = False


class ContentCheck(StrEnum):
    """Whether the content of an object was compared with its record."""

    READ = "read"
    """All bytes were read, and compared with the content hash."""
    UNHASHED = "unhashed"
    """The record has no content hash."""
    ARCHIVED = "archived"
    """The object must be restored before it can be read."""
    NOT_NEEDED = "not needed"
    """Another difference shows that the content changed, or that there is none to compare."""


class ContentComparison(NamedTuple):
    """The difference at one key, and how its content was checked."""

    comparison: Comparison
    check: ContentCheck


def compare(
    listing: Iterable[Listing],
    index: Iterable[IndexEntry],
    *,
    outdated: Callable[[IndexEntry], bool],
    forbidden: Callable[[IndexEntry], bool],
) -> Iterator[Comparison]:
    """Yield one comparison for each key in either sequence, in key order, in constant memory.

    A prefix or object that could not be listed is reported once as unknown. The records that it
    covers are skipped, since the state of their objects is unknown.

    Args:
        listing: the objects, in the order of their keys' UTF-8 bytes; an `UnlistedPrefix` precedes
            all keys that it covers.
        index: the entries of the same bucket and prefix, in the same order, without tombstones.
        outdated: whether the object of a record must be read again although it is unchanged.
        forbidden: whether it must be written again even if the object cannot be read, because it
            has attributes that it may not have. Such a record is also outdated.
    """
    entries = iter(index)
    entry = next(entries, None)
    for listed in listing:
        # Python compares strings by code point, which is the order of their UTF-8 bytes.
        while entry is not None and entry.object_key < listed.key:
            yield _unreadable(entry) or Comparison(entry.object_key, Difference.GONE)
            entry = next(entries, None)
        if not isinstance(listed, ListedObject):
            yield Comparison(listed.key, Difference.UNKNOWN, listed.reason)
            while entry is not None and listed.covers(entry.object_key):
                entry = next(entries, None)
        elif entry is not None and entry.object_key == listed.key:
            difference = _compare_object(entry, listed, outdated=outdated, forbidden=forbidden)
            yield _unreadable(entry) or Comparison(
                listed.key,
                difference,
                content_hash=entry.content_hash,
                archived=listed.readable is False,
            )
            entry = next(entries, None)
        else:
            yield Comparison(listed.key, Difference.NEW)
    while entry is not None:
        yield _unreadable(entry) or Comparison(entry.object_key, Difference.GONE)
        entry = next(entries, None)


def _unreadable(entry: IndexEntry) -> Comparison | None:
    if entry.unreadable is None:
        return None
    return Comparison(entry.object_key, Difference.UNREADABLE, entry.unreadable)


def compare_observation(
    stored: ImageRecord | None,
    observation: Observation,
    *,
    outdated: Callable[[IndexEntry], bool],
    forbidden: Callable[[IndexEntry], bool],
) -> Difference | None:
    """Return how a stored record differs from an observation; None if neither has an object.

    Args:
        stored: the stored record, if any.
        observation: the observation of its object.
        outdated: as for `compare`.
        forbidden: as for `compare`.
    """
    if stored is not None and stored.status is Status.DELETED:
        stored = None
    if isinstance(observation, AbsentObject):
        return Difference.GONE if stored else None
    if stored is None:
        return Difference.NEW
    entry = IndexEntry.of(stored)
    difference = _compare_object(entry, observation, outdated=outdated, forbidden=forbidden)
    # The same content may have been uploaded again, which a listing does not show reliably.
    upload = observation.last_modified, observation.version_id
    if difference is Difference.SAME and upload != (stored.last_modified, stored.version_id):
        return Difference.OUTDATED
    return difference


def _compare_object(
    entry: IndexEntry,
    current: ListedObject | PresentObject,
    *,
    outdated: Callable[[IndexEntry], bool],
    forbidden: Callable[[IndexEntry], bool],
) -> Difference:
    """Return whether an object is the same as its record, changed or outdated.

    An archived object is not outdated because of its reader version, since it cannot be read.
    """
    if current.etag is None or entry.etag != current.etag or entry.file_size != current.size:
        return Difference.CHANGED
    if _is_moved(entry.storage_class, current.storage_class):
        return Difference.OUTDATED
    was_readable, is_readable = entry.content_error is None, current.readable
    if is_readable is None:
        is_readable = was_readable
    if is_readable:
        return Difference.SAME if was_readable and not outdated(entry) else Difference.OUTDATED
    # The restored copy of an archived object expires, which the listing shows. The properties read
    # from it remain valid, so only an observation without bytes makes the record outdated. Access
    # that is denied for another reason is a failure each time.
    is_change = isinstance(current, PresentObject) and (was_readable or not current.archived)
    return Difference.OUTDATED if is_change or forbidden(entry) else Difference.SAME


def _is_moved(before: str | None, now: str | None) -> bool:
    """Return whether the object was moved to an archive or out of it since it was observed.

    Other changes of the storage class do not affect what can be read, so they wait for the next
    observation: reading every object that a lifecycle rule moves would cost money.
    """
    return before != now and (before in ARCHIVE_CLASSES or now in ARCHIVE_CLASSES)
