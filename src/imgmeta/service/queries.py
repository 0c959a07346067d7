"""Queries of the index."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeAlias

from imgmeta.core.attributes import Moment, Order
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.ports import ImageRepository, OnUnreadable, RecordFinder, SummaryFinder

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from imgmeta.core.filters import InBucket
    from imgmeta.core.records import ImageRecord

__all__ = ["Sorter", "count_summaries", "find", "find_summaries", "find_unordered"]


Sorter: TypeAlias = "Callable[[Query, Iterable[ImageRecord]], Iterable[ImageRecord]]"
"""Returns records in the order of a query."""


def find(
    repository: ImageRepository,
    query: Query,
    *,
    on_unreadable: OnUnreadable | None = None,
    sort: Sorter = Query.ordered,
) -> Iterator[ImageRecord]:
    """Yield the records that a query finds, in its order.

    A repository that is a `RecordFinder` answers the query itself. Any other is read through the
    access path that reads the fewest records. If that path has another order than the query, the
    found records are sorted: with a limit, in memory for as many, and otherwise with `sort`.

    Args:
        repository: the index.
        query: the query.
        on_unreadable: takes the error of each unreadable record that might match.
        sort: sorts any number of records; in memory, unless it is given.

    Raises:
        AdapterError: the index cannot be read.
        InvalidRecordError: a record is unreadable, and there is no `on_unreadable`.
    """
    if isinstance(repository, RecordFinder):
        return repository.find(query, on_unreadable=on_unreadable)
    if query.order is Order.KEY and not query.descending and query.location is not None:
        return _stream(query, _by_key(repository, query, query.location, on_unreadable))
    if query.order is Moment.UPLOADED and not query.descending and query.upload_range is not None:
        return _stream(query, _by_time(repository, query, query.upload_range, on_unreadable))
    return _sorted(query, _candidates(repository, query, on_unreadable), sort)


def find_unordered(
    repository: ImageRepository,
    query: Query,
    *,
    on_unreadable: OnUnreadable | None = None,
    on_record: Callable[[ImageRecord], object] = lambda _: None,
) -> Iterator[ImageRecord]:
    """Yield all records that match a query, in any order, in memory that does not grow with them.

    The order, the limit and the cursor of the query are ignored. The errors are those of `find`.

    Args:
        repository: the index.
        query: the query.
        on_unreadable: as for `find`.
        on_record: is called with each record that is read, whether or not it matches. A
            `RecordFinder` reads only those that match.
    """
    if isinstance(repository, RecordFinder):
        found = repository.find(_unlimited(query), on_unreadable=on_unreadable)
        return _noted(found, on_record)
    records = _candidates(repository, query, on_unreadable)
    return filter(query.matches, _noted(records, on_record))


def find_summaries(
    repository: ImageRepository,
    query: Query,
    *,
    ordered: bool = True,
    on_unreadable: OnUnreadable | None = None,
    sort: Sorter = Query.ordered,
) -> Iterator[RecordSummary]:
    """Yield the summaries of the records that a query finds.

    A repository that is a `SummaryFinder` finds them itself. The errors are those of `find`.

    Args:
        repository: the index.
        query: the query.
        ordered: whether to yield them in the order of the query; otherwise, its limit and cursor
            are ignored too, as by `find_unordered`.
        on_unreadable: as for `find`.
        sort: as for `find`.
    """
    if isinstance(repository, SummaryFinder):
        asked = query if ordered else _unlimited(query)
        return repository.find_summaries(asked, ordered=ordered, on_unreadable=on_unreadable)
    if ordered:
        records = find(repository, query, on_unreadable=on_unreadable, sort=sort)
    else:
        records = find_unordered(repository, query, on_unreadable=on_unreadable)
    return map(RecordSummary.of, records)


def count_summaries(
    repository: ImageRepository,
    query: Query,
    attributes: Collection[str],
    *,
    on_unreadable: OnUnreadable | None = None,
) -> Iterator[SummaryCount]:
    """Yield how many of the records that match a query share the values of some attributes.

    A repository that is a `SummaryFinder` counts them itself. The order, the limit and the cursor
    of the query are ignored. The errors are those of `find`.

    Args:
        repository: the index.
        query: the query.
        attributes: names of attributes of a summary. A time may be the start of its day.
        on_unreadable: as for `find`.
    """
    if isinstance(repository, SummaryFinder):
        return repository.count_summaries(
            _unlimited(query), attributes, on_unreadable=on_unreadable
        )
    records = find_unordered(repository, query, on_unreadable=on_unreadable)
    return map(SummaryCount.of, records)


def _unlimited(query: Query) -> Query:
    return replace(query, sort=None, descending=False, limit=None, after=None)


def _stream(query: Query, ordered: Iterable[ImageRecord]) -> Iterator[ImageRecord]:
    # islice accepts at most sys.maxsize, which is more than any index holds.
    limit = None if query.limit is None else min(query.limit, MAX_STORED_INTEGER)
    return islice(filter(query.finds, ordered), limit)


def _sorted(query: Query, records: Iterable[ImageRecord], sort: Sorter) -> Iterator[ImageRecord]:
    """Yield the records that the query finds; read `records` when the first one is requested."""
    if query.limit is None:
        yield from sort(query, filter(query.finds, records))
    else:
        yield from query.select(records)


def _candidates(
    repository: ImageRepository, query: Query, on_unreadable: OnUnreadable | None
) -> Iterator[ImageRecord]:
    """Yield all records that may match, in any order."""
    place, uploaded = query.location, query.upload_range
    if place is not None and (place.prefix or uploaded is None):
        return repository.list_prefix(
            place.bucket,
            place.prefix,
            include_deleted=query.wants_tombstones,
            on_unreadable=on_unreadable,
        )
    if uploaded is not None:
        return repository.uploaded_between(*uploaded, on_unreadable=on_unreadable)
    return repository.scan(include_deleted=query.wants_tombstones, on_unreadable=on_unreadable)


def _by_key(
    repository: ImageRepository, query: Query, place: InBucket, on_unreadable: OnUnreadable | None
) -> Iterator[ImageRecord]:
    """Yield the records of a bucket that may match, in key order."""
    start = query.start
    return repository.list_prefix(
        place.bucket,
        place.prefix,
        after=start.key if start is not None and start.bucket == place.bucket else None,
        include_deleted=query.wants_tombstones,
        on_unreadable=on_unreadable,
    )


def _by_time(
    repository: ImageRepository,
    query: Query,
    uploaded: UploadRange,
    on_unreadable: OnUnreadable | None,
) -> Iterator[ImageRecord]:
    """Yield the records that may match, by upload time, then as the query orders them."""
    start = None if query.start is None else query.start.value
    after = UploadCursor(int(start), "") if isinstance(start, int | float) else None
    records = repository.uploaded_between(*uploaded, after=after, on_unreadable=on_unreadable)
    for _, same_second in groupby(records, lambda record: record.upload_timestamp):
        yield from query.ordered(same_second)


def _noted(
    records: Iterator[ImageRecord], on_record: Callable[[ImageRecord], object]
) -> Iterator[ImageRecord]:
    for record in records:
        on_record(record)
        yield record
