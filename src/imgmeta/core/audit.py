"""Audits: comparisons of the index with a bucket, in slices that follow one another."""

from collections.abc import Callable, Iterable, Iterator

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.hints import Hint
from imgmeta.core.objects import ListedObject, Listing, UnlistedPrefix
from imgmeta.core.outcomes import ItemOutcome, Outcome

__all__ = ["DRIFT", "AuditSlice", "drift_of"]

DRIFT = frozenset({Difference.NEW, Difference.CHANGED, Difference.GONE, Difference.UNREADABLE})
"""Differences that mean that the index is wrong. An outdated record is right: it is as an older
version of imgmeta or other settings wrote it."""


def drift_of(hints: Iterable[Hint], outcomes: Iterable[ItemOutcome]) -> list[ItemOutcome]:
    """Return the outcomes of hints from audits that repaired a wrong record.

    An audit can find a difference whose event is still on its way. If the event is processed
    first, the audit's hint has nothing to repair, and the difference is not drift.

    Args:
        hints: the hints of a batch.
        outcomes: the outcomes of the batch.
    """
    audited = {(hint.message_id, hint.location) for hint in hints if hint.audit}
    return [
        item
        for item in outcomes
        if (item.message_id, item.location) in audited
        and item.difference in DRIFT
        and item.outcome is not Outcome.ERROR
    ]


class AuditSlice:
    """The keys of one slice: those after the start, up to the first limit that is reached.

    The listing and its comparison with the index pass through `read` and `take`, which end both at
    the same key. A slice has at least one key if any is left, so that an audit always ends. Keys
    whose state is unknown are not counted.

    Args:
        max_keys: the number of keys after which the slice ends.
        max_differences: the number of differences after which the slice ends.
        is_time_left: whether to continue; called after each key.

    Attributes:
        last_key: the last key of the slice; None: it includes all keys to the end of the bucket.
        differences: the differences found, in key order.
    """

    def __init__(
        self, max_keys: int, max_differences: int, is_time_left: Callable[[], bool]
    ) -> None:
        self.last_key: str | None = None
        self.differences: list[Comparison] = []
        self._keys = set[str]()
        self._max_keys = max_keys
        self._max_differences = max_differences
        self._is_time_left = is_time_left

    def read(self, listing: Iterable[Listing]) -> Iterator[Listing]:
        """Yield the objects of a listing until a limit is reached."""
        for each in listing:
            if isinstance(each, ListedObject):
                self._keys.add(each.key)
            yield each
            if not isinstance(each, UnlistedPrefix) and self._is_full():
                self.last_key = each.key
                return

    def take(self, comparisons: Iterable[Comparison]) -> None:
        """Add comparisons, which are made while they are taken, until a limit is reached."""
        for each in comparisons:
            if self.last_key is not None and each.key > self.last_key:
                return
            if each.difference is Difference.UNKNOWN:
                continue
            self._keys.add(each.key)
            if each.difference is not Difference.SAME:
                self.differences.append(each)
            if len(self.differences) >= self._max_differences or self._is_full():
                self.last_key = each.key
                return

    @property
    def keys(self) -> int:
        """Number of keys compared: those of objects, indexed or not, and those of records."""
        last = self.last_key
        return sum(1 for key in self._keys if last is None or key <= last)

    @property
    def drift(self) -> int:
        """Number of differences that mean that the index is wrong."""
        return sum(1 for each in self.differences if each.difference in DRIFT)

    def _is_full(self) -> bool:
        return len(self._keys) >= self._max_keys or not self._is_time_left()
