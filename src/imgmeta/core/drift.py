"""Where a listing and the index disagree: one streaming merge of two sequences in key order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from imgmeta.core.objects import ListedObject, Listing, UnlistedPrefix
from imgmeta.core.records import ImageRecord

__all__ = ["Comparison", "Difference", "compare"]


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
    index: Iterable[ImageRecord],
    *,
    outdated: Callable[[ImageRecord], bool],
) -> Iterator[Comparison]:
    """Yield one comparison for each key in either sequence, in key order, in constant memory.

    Args:
        listing: the objects as they are, in the order of their keys' UTF-8 bytes; an
            `UnlistedPrefix` stands before any key that it covers.
        index: the records of the same bucket and prefix, in the same order, without tombstones.
        outdated: whether a record of an unchanged object must be read again.

    Records below an `UnlistedPrefix` are neither gone nor the same: they are passed over, and the
    prefix itself is reported once as unknown.
    """
    records = iter(index)
    record = next(records, None)
    for listed in listing:
        # Python compares strings by code point, which is the order of their UTF-8 bytes.
        while record is not None and record.object_key < listed.key:
            yield Comparison(record.object_key, Difference.GONE)
            record = next(records, None)
        if isinstance(listed, UnlistedPrefix):
            yield Comparison(listed.key, Difference.UNKNOWN, listed.reason)
            while record is not None and record.object_key.startswith(listed.key):
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
    record: ImageRecord, listed: ListedObject, outdated: Callable[[ImageRecord], bool]
) -> Difference:
    if record.etag != listed.etag or record.file_size != listed.size:
        return Difference.CHANGED
    return Difference.OUTDATED if outdated(record) else Difference.SAME
