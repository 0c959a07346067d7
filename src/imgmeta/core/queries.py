"""Queries of the index: filters, an order, a limit and a cursor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from heapq import nlargest, nsmallest
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from imgmeta.core.attributes import Moment, Order, Sort, SortValue, sort_value
from imgmeta.core.cursors import Position, decode_cursor, encode_cursor
from imgmeta.core.filters import Filter, HasStatus, InBucket, TimeBetween
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.core.status import Status
from imgmeta.core.timestamps import BEGINNING, END

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from imgmeta.core.records import ImageRecord
    from imgmeta.core.summaries import Summarized

__all__ = ["Query", "Rank", "UploadRange"]

_Found = TypeVar("_Found")

Rank = tuple[bool, int | float | str, str, str]
"""Whether the value is unknown (if descending: known), the value, the bucket and the key."""


class UploadRange(NamedTuple):
    """A range of upload times: at or after `since` and before `until`; timezone-aware."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Query:
    """Criteria that records must meet, and the order in which they are found.

    Every store finds the same records in the same order. Records are ordered by the value of the
    sort attribute, then by bucket, then by key, both as UTF-8 bytes. `descending` reverses all
    three. Records without a value are last in both directions.

    Without `sort`, the order is by upload time if the query limits the upload time and has no
    bucket, otherwise by key.

    Attributes:
        filters: a record must match all of them. A tombstone matches only if
            `HasStatus(Status.DELETED)` is one of them.
        sort: the sort attribute.
        descending: whether the largest value comes first.
        limit: the maximum number of records; None: all.
        after: continue after the record that this cursor is of (see `cursor`), whether or not the
            record still exists.

    Raises:
        ConfigurationError: `after` is not a cursor of a query in the same order.
        ValueError: the limit is negative.
    """

    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None
    descending: bool = False
    limit: int | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 0:
            msg = "a limit is at least 0"
            raise ValueError(msg)
        _ = self.start  # raises an error for an invalid cursor

    def where(self, *filters: Filter) -> Self:
        """Return this query with more filters."""
        return replace(self, filters=self.filters + filters)

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` meets the criteria, regardless of the cursor and the limit."""
        if record.status is Status.DELETED and not self.wants_tombstones:
            return False
        return all(each.matches(record) for each in self.filters)

    def finds(self, record: ImageRecord) -> bool:
        """Return whether `record` matches and follows the cursor, if there is one."""
        return self.matches(record) and (
            self.start is None or self._follows(self.rank(record), self._rank(*self.start))
        )

    def ordered(self, records: Iterable[ImageRecord]) -> list[ImageRecord]:
        """Return `records` in the order of this query."""
        return sorted(records, key=self.rank, reverse=self.descending)

    def select(self, records: Iterable[ImageRecord]) -> list[ImageRecord]:
        """Return what this query finds if `records` are in the index, which defines its result.

        With a limit, at most that many records are in memory.
        """
        found = filter(self.finds, records)
        if self.limit is None:
            return self.ordered(found)
        first = nlargest if self.descending else nsmallest
        return first(min(self.limit, MAX_STORED_INTEGER), found, key=self.rank)

    def limited(self, found: Iterable[_Found]) -> Iterator[_Found]:
        """Yield the found records up to the limit of this query."""
        # islice accepts at most sys.maxsize, which is more than any index holds.
        return islice(found, None if self.limit is None else min(self.limit, MAX_STORED_INTEGER))

    def rank(self, record: ImageRecord) -> Rank:
        """Return a key that sorts `record` among others; reversed if `descending`."""
        return self._rank(*self.position(record))

    def position(self, record: Summarized) -> Position:
        """Return the position of `record` in the order of this query."""
        return Position(sort_value(record, self.order), record.bucket_name, record.object_key)

    def cursor(self, record: Summarized) -> str:
        """Return the cursor with which the next query continues just after `record`."""
        return encode_cursor(self.position(record), self.order, descending=self.descending)

    @property
    def order(self) -> Sort:
        """The sort attribute, or the default."""
        if self.sort is not None:
            return self.sort
        has_times = self.upload_range is not None and self.location is None
        return Moment.UPLOADED if has_times else Order.KEY

    @cached_property
    def start(self) -> Position | None:
        """The position that the results follow; None without a cursor."""
        if self.after is None:
            return None
        return decode_cursor(self.after, self.order, descending=self.descending)

    @cached_property
    def wants_tombstones(self) -> bool:
        """Whether tombstones can match."""
        return HasStatus(Status.DELETED) in self.filters

    @cached_property
    def location(self) -> InBucket | None:
        """The bucket, and the longest prefix in it, that all matching records are in."""
        places = [each for each in self.filters if isinstance(each, InBucket)]
        same = [each for each in places if each.bucket == places[0].bucket]
        return max(same, key=lambda place: len(place.prefix), default=None)

    @cached_property
    def upload_range(self) -> UploadRange | None:
        """The upload times that all matching records have; None if any or none will do."""
        ranges = [
            each
            for each in self.filters
            if isinstance(each, TimeBetween) and each.attribute is Moment.UPLOADED
        ]
        if not ranges:
            return None
        return UploadRange(
            max(each.since or BEGINNING for each in ranges),
            min(each.until or END for each in ranges),
        )

    def _rank(self, value: SortValue, bucket: str, key: str) -> Rank:
        # Values of different types are never compared, since no unknown value is among the others.
        return ((value is None) is not self.descending, 0 if value is None else value, bucket, key)

    def _follows(self, rank: Rank, start: Rank) -> bool:
        return rank < start if self.descending else rank > start
