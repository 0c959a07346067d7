"""The latest record of an index, found with few reads."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from imgmeta.core.attributes import Moment
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.errors import InvalidRecordError
from imgmeta.ports import ImageRepository

__all__ = ["latest_record"]

_LOOKBACKS = (timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30))
"""Periods that are searched for the latest record, one after the other, so that few records are
read whether uploads are frequent or rare."""

_BATCH = 100
_MIN_PERIOD = timedelta(seconds=2)
"""Shorter periods are not halved: upload times are whole seconds."""

_MAX_UNREADABLE = 1_000
"""More unreadable records are not counted."""

_MAX_CLOCK_SKEW = timedelta(minutes=15)
"""S3's clock may be ahead of this one; S3 rejects requests if they differ by more."""

_Uploaded = Callable[[datetime, datetime], Iterator[ImageRecord]]
"""Yields the readable records of objects uploaded in a period."""


def latest_record(repository: ImageRepository, now: datetime) -> tuple[ImageRecord | None, int]:
    """Return the record with the latest upload time, and how many unreadable ones were passed over.

    Of several in the same second, it is the one with the last key, as in `list --sort -uploaded`.
    The record is None without uploads in the last 30 days.

    Raises:
        AdapterError: the index cannot be read.
    """
    unreadable = set[str]()  # a record is read several times, but has one message

    def count(error: InvalidRecordError) -> None:
        if len(unreadable) < _MAX_UNREADABLE:
            unreadable.add(error.message)

    def uploaded(since: datetime, until: datetime) -> Iterator[ImageRecord]:
        return repository.uploaded_between(since, until, on_unreadable=count)

    until = now + _MAX_CLOCK_SKEW
    for lookback in _LOOKBACKS:
        if next(uploaded(now - lookback, until), None) is not None:
            return _latest_between(uploaded, now - lookback, until), len(unreadable)
    return None, len(unreadable)


def _latest_between(uploaded: _Uploaded, since: datetime, until: datetime) -> ImageRecord | None:
    """Return the latest record of a period that has records.

    The period is halved until few records are left: a bucket that was filled an hour ago may have
    millions of records in that hour. Of the last seconds, all records are read.
    """
    while until - since > _MIN_PERIOD:
        batch = list(islice(uploaded(since, until), _BATCH))
        if len(batch) < _BATCH:
            return _latest(batch)
        middle = since + (until - since) / 2
        if next(uploaded(middle, until), None) is None:
            until = middle
        else:
            since = middle
    return _latest(uploaded(since, until))


def _latest(records: Iterable[ImageRecord]) -> ImageRecord | None:
    return max(records, key=Query((), Moment.UPLOADED).rank, default=None)
