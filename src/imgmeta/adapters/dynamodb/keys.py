"""Object keys in an index whose keys are bounded: where they stand, and how their order is kept.

A sort key takes at most 1,024 bytes (Amazon DynamoDB Developer Guide, "Quotas"). A key in S3 just
fits; the path of a file may not, and stands in the index as its first 1,024 bytes.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["MAX_KEY_BYTES", "KeyRange", "indexed_key", "key_range", "sorted_by_key"]

MAX_KEY_BYTES = 1024

# Where the last character that fits in part is cut off whole, up to three bytes stay free.
_SURELY_FILLED = MAX_KEY_BYTES - 3

_GREATEST = ("\U0010ffff", "\uffff", "\u07ff", "\x7f")
"""The last characters of four, three, two and one bytes in UTF-8."""

_SURROGATES = ("\ud800", "\udfff")
_AFTER_SURROGATES = "\ue000"

_T = TypeVar("_T")


def indexed_key(key: str) -> str:
    """Return as much of `key` as the index holds, cut between two characters."""
    return _cut(key, MAX_KEY_BYTES)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """The part of the index where the keys of a prefix stand, both ends included.

    Attributes:
        start: the first key in the index; empty for the first that there is.
        end: the last; None for the last that there is.
        is_exact: whether every key in the range is one that is asked for; otherwise `holds` says.
        prefix: what the keys that are asked for start with.
        after: what they stand after, if anything.
    """

    start: str
    end: str | None
    is_exact: bool
    prefix: str
    after: str | None

    def holds(self, key: str) -> bool:
        """Return whether this whole key is one that is asked for."""
        return key.startswith(self.prefix) and (self.after is None or key > self.after)


def key_range(prefix: str, after: str | None = None) -> KeyRange | None:
    """Return where the keys stand that start with `prefix` and follow `after`; None: nowhere."""
    if _is_no_key(prefix):
        return None
    start, end = indexed_key(prefix), _greatest(indexed_key(prefix)) if prefix else None
    if after:
        # A key that is cut may stand before a smaller one that is cut elsewhere, but not before
        # what the two have in common.
        start = max(start, _cut(_without_surrogates(after), _SURELY_FILLED))
    if end is not None and start > end:
        return None
    return KeyRange(start, end, start == prefix and not after, prefix, after)


def sorted_by_key(
    indexed: Iterable[tuple[str, _T]], whole_key: Callable[[_T], str]
) -> Iterator[_T]:
    """Yield what is in the index in the order of the whole keys.

    What is held back at a time is what the index cannot tell apart: entries whose keys have their
    first thousand bytes in common.

    Args:
        indexed: the entries with their keys in the index, in the order of the index.
        whole_key: the key that an entry would have if the index took it.
    """
    held: list[tuple[str, int, _T]] = []
    for number, (key, entry) in enumerate(indexed):
        # All that follows stands at or after `key` in the index, and so do the whole keys.
        while held and held[0][0] < key:
            yield heapq.heappop(held)[-1]
        heapq.heappush(held, (whole_key(entry), number, entry))
    while held:
        yield heapq.heappop(held)[-1]


def _cut(text: str, limit: int) -> str:
    return text[:limit].encode()[:limit].decode(errors="ignore")


def _greatest(prefix: str) -> str:
    room = MAX_KEY_BYTES - len(prefix.encode())
    widest, *narrower = _GREATEST
    return prefix + widest * (room // 4) + (narrower[-(room % 4)] if room % 4 else "")


def _is_no_key(prefix: str) -> bool:
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return True  # a lone surrogate
    return False


def _without_surrogates(text: str) -> str:
    """Return the first text that has a form in UTF-8 and does not stand before `text`."""
    first, last = _SURROGATES
    for at, character in enumerate(text):
        if first <= character <= last:
            return text[:at] + _AFTER_SURROGATES
    return text
