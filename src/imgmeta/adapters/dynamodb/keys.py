"""Object keys as sort keys, which are at most 1,024 bytes long.

S3 keys fit; the key of a local file may be longer, and its sort key is then its first 1,024 bytes.
The limit is from the Amazon DynamoDB Developer Guide, "Quotas".
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["MAX_KEY_BYTES", "KeyRange", "indexed_key", "key_range", "sorted_by_key"]

MAX_KEY_BYTES = 1024

# Cutting between two characters leaves up to three bytes unused.
_MIN_CUT_BYTES = MAX_KEY_BYTES - 3

_MAX_CHARACTERS = ("\U0010ffff", "\uffff", "\u07ff", "\x7f")
"""The last characters with four, three, two and one bytes in UTF-8."""

_SURROGATES = ("\ud800", "\udfff")
_AFTER_SURROGATES = "\ue000"

_T = TypeVar("_T")


def indexed_key(key: str) -> str:
    """Return the sort key of `key`: all of it, or as many characters as fit."""
    return _cut(key, MAX_KEY_BYTES)


@dataclass(frozen=True, slots=True)
class KeyRange:
    """A range of sort keys that contains all keys with a prefix.

    Attributes:
        start: the first sort key, inclusive; empty for no lower bound.
        end: the last sort key, inclusive; None for no upper bound.
        is_exact: whether all keys in the range match; otherwise, `matches` filters them.
        prefix: the prefix of matching keys.
        after: the key that all matching keys follow, if any.
    """

    start: str
    end: str | None
    is_exact: bool
    prefix: str
    after: str | None

    def matches(self, key: str) -> bool:
        """Return whether a full key has the prefix and follows `after`."""
        return key.startswith(self.prefix) and (self.after is None or key > self.after)


def key_range(prefix: str, after: str | None = None) -> KeyRange | None:
    """Return the range of keys that start with `prefix` and follow `after`; None if it is empty."""
    if not _is_encodable(prefix):
        return None
    start, end = indexed_key(prefix), _last_sort_key(indexed_key(prefix)) if prefix else None
    if after:
        # A key after `after` may have a smaller sort key, cut up to three bytes earlier: the range
        # starts at the bytes of `after` before that cut.
        start = max(start, _cut(_encodable_bound(after), _MIN_CUT_BYTES))
    if end is not None and start > end:
        return None
    return KeyRange(start, end, start == prefix and not after, prefix, after)


def sorted_by_key(indexed: Iterable[tuple[str, _T]], full_key: Callable[[_T], str]) -> Iterator[_T]:
    """Yield index entries in the order of their full keys.

    Only entries whose keys share their first thousand bytes are in memory together.

    Args:
        indexed: pairs of sort key and entry, in the order of the index.
        full_key: returns the full key of an entry.
    """
    pending: list[tuple[str, int, _T]] = []
    for number, (key, entry) in enumerate(indexed):
        # The full keys of all following entries are at least `key`.
        while pending and pending[0][0] < key:
            yield heapq.heappop(pending)[-1]
        heapq.heappush(pending, (full_key(entry), number, entry))
    while pending:
        yield heapq.heappop(pending)[-1]


def _cut(text: str, limit: int) -> str:
    return text[:limit].encode()[:limit].decode(errors="ignore")


def _last_sort_key(prefix: str) -> str:
    room = MAX_KEY_BYTES - len(prefix.encode())
    widest, *narrower = _MAX_CHARACTERS
    return prefix + widest * (room // 4) + (narrower[-(room % 4)] if room % 4 else "")


def _is_encodable(prefix: str) -> bool:
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return False  # a lone surrogate
    return True


def _encodable_bound(text: str) -> str:
    """Return the smallest text that is valid UTF-8 and not less than `text`."""
    first, last = _SURROGATES
    for index, character in enumerate(text):
        if first <= character <= last:
            return text[:index] + _AFTER_SURROGATES
    return text
