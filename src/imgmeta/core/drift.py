"""Where a listing and the index disagree: one streaming merge of two sequences in key order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol, Self, TypeVar

from imgmeta.core.gps import HasGps
from imgmeta.core.objects import ListedObject, Listing

__all__ = ["Comparison", "Difference", "IndexEntry", "Indexed", "compare"]


class Indexed(HasGps, Protocol):
    """What a listing is compared with: an `ImageRecord`, or as much of it as that takes."""

    @property
    def object_key(self) -> str:
        """The key."""
        ...

    @property
    def file_size(self) -> int | None:
        """Bytes."""
        ...

    @property
    def etag(self) -> str | None:
        """The store's mark of the content; None: look again."""
        ...

    @property
    def reader_version(self) -> int | None:
        """The property reader that read it."""
        ...


class IndexEntry(NamedTuple):
    """The part of a record that a listing is compared with; see `ImageRecord`."""

    object_key: str
    file_size: int | None
    etag: str | None
    reader_version: int | None
    latitude: float | None
    longitude: float | None
    altitude: float | None

    @classmethod
    def of(cls, record: Indexed) -> Self:
        """Return the entry of a record."""
        return cls(*(getattr(record, name) for name in cls._fields))


_Entry = TypeVar("_Entry", bound=Indexed)


class Difference(StrEnum):
    """How the index stands to the listing at one key."""

    SAME = "same"
    """The index says what the listing says."""
    NEW = "new"
    """Listed, not in the index."""
    CHANGED = "changed"
    """Listed with another size or ETag than the index has."""
    OUTDATED = "outdated"
    """As listed, but what the index says of it must be read again."""
    GONE = "gone"
    """In the index, not listed."""
    UNKNOWN = "unknown"
    """The listing could not say."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found at one key: `reason` says why the listing could not say."""

    key: str
    difference: Difference
    reason: str | None = None


def compare(
    listing: Iterable[Listing],
    index: Iterable[_Entry],
    *,
    outdated: Callable[[_Entry], bool],
) -> Iterator[Comparison]:
    """Yield one comparison for each key in either sequence, in key order, in constant memory.

    Args:
        listing: the objects as they are, in the order of their keys' UTF-8 bytes; an
            `UnlistedPrefix` stands before any other key that it covers.
        index: the records of the same bucket and prefix, in the same order, without tombstones.
        outdated: whether a record of an unchanged object must be read again.

    Records of keys that could not be listed are neither gone nor the same: they are passed over,
    and the prefix or object that could not be listed is reported once as unknown.
    """
    records = iter(index)
    record = next(records, None)
    for listed in listing:
        # Python compares strings by code point, which is the order of their UTF-8 bytes.
        while record is not None and record.object_key < listed.key:
            yield Comparison(record.object_key, Difference.GONE)
            record = next(records, None)
        if not isinstance(listed, ListedObject):
            yield Comparison(listed.key, Difference.UNKNOWN, listed.reason)
            while record is not None and listed.covers(record.object_key):
                record = next(records, None)
        elif record is not None and record.object_key == listed.key:
            yield Comparison(listed.key, _against(record, listed, outdated))
            record = next(records, None)
        else:
            yield Comparison(listed.key, Difference.NEW)
    while record is not None:
        yield Comparison(record.object_key, Difference.GONE)
        record = next(records, None)


def _against(
    record: _Entry, listed: ListedObject, outdated: Callable[[_Entry], bool]
) -> Difference:
    if record.etag != listed.etag or record.file_size != listed.size:
        return Difference.CHANGED
    return Difference.OUTDATED if outdated(record) else Difference.SAME
