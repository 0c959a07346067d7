"""Queries of the index."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeAlias

from imgmeta.core.access_paths import access_path, is_unbounded, records_to_read
from imgmeta.core.attributes import Moment, Order
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.filters import InBucket
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.summaries import RecordSummary, SummaryCount
from imgmeta.core.timestamps import ceil_seconds
from imgmeta.ports import ImageRepository, OnUnreadable, RecordFinder, SummaryFinder, UploadHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from imgmeta.core.records import ImageRecord
    from imgmeta.errors import InvalidRecordError

__all__ = ["Sorter", "count_summaries", "find", "find_summaries", "find_unordered"]

_FIRST_READ = 1000
_READ_PER_MATCH = 20
"""Records of the index of upload times to read for a limit, before all records are read."""

Sorter: TypeAlias = "Callable[[Query, Iterable[ImageRecord]], Iterable[ImageRecord]]"
"""Returns records in the order of a query."""

_IN_MEMORY = 10_000
"""Limit up to which the first records are found in memory, without sorting the others."""


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
    found records are sorted: with a limit of up to 10,000, in memory for as many, and otherwise
    with `sort`.

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
    path = access_path(query)
    if isinstance(path, InBucket) and query.order is Order.KEY and not query.descending:
        return _stream(query, _by_key(repository, query, path, on_unreadable))
    if query.order is Moment.UPLOADED:
        if isinstance(repository, UploadHistory):
            if isinstance(path, UploadRange):
                return _stream(query, _by_history(repository, query, on_unreadable))
            if query.limit is not None and is_unbounded(query) and not query.wants_tombstones:
                return _first_uploads(repository, repository, query, query.limit, on_unreadable)
        elif isinstance(path, UploadRange) and not query.descending:
            return _stream(query, _by_time(repository, query, path, on_unreadable))
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
    return query.limited(filter(query.finds, ordered))


def _sorted(query: Query, records: Iterable[ImageRecord], sort: Sorter) -> Iterator[ImageRecord]:
    """Yield the records that the query finds; read `records` when the first one is requested."""
    if query.limit is not None and query.limit <= _IN_MEMORY:
        yield from query.select(records)
    else:
        yield from query.limited(sort(query, filter(query.finds, records)))


def _candidates(
    repository: ImageRepository, query: Query, on_unreadable: OnUnreadable | None
) -> Iterator[ImageRecord]:
    """Yield all records that may match, in any order."""
    path = access_path(query)
    if isinstance(path, InBucket):
        return repository.list_prefix(
            path.bucket,
            path.prefix,
            include_deleted=query.wants_tombstones,
            on_unreadable=on_unreadable,
        )
    if isinstance(path, UploadRange):
        return repository.uploaded_between(*path, on_unreadable=on_unreadable)
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


def _first_uploads(
    repository: ImageRepository,
    history: UploadHistory,
    query: Query,
    limit: int,
    on_unreadable: OnUnreadable | None,
) -> Iterator[ImageRecord]:
    """Yield the records with the first upload times, from the index of upload times if it can.

    All records are read if too few of the first ones match: the index may then cost as much, and
    has no records without an upload time, which come last.
    """
    errors: list[InvalidRecordError] = []
    note = None if on_unreadable is None else errors.append
    # islice accepts at most sys.maxsize, which is more than any index holds.
    read = min(_FIRST_READ + _READ_PER_MATCH * limit, MAX_STORED_INTEGER)
    found = [*_stream(query, islice(_by_history(history, query, note), read))]
    if len(found) < limit:
        found = query.select(_candidates(repository, query, on_unreadable))
    elif on_unreadable is not None:
        for error in errors:
            on_unreadable(error)
    yield from found


def _by_history(
    repository: UploadHistory, query: Query, on_unreadable: OnUnreadable | None
) -> Iterator[ImageRecord]:
    """Yield the records that may match, by upload time, then as the query orders them."""
    first, last = -MAX_STORED_INTEGER, MAX_STORED_INTEGER
    if query.upload_range is not None:
        since, until = query.upload_range
        first, last = ceil_seconds(since), ceil_seconds(until) - 1
    if query.start is not None and isinstance(query.start.value, int | float):
        start = int(query.start.value)
        first, last = (first, min(last, start)) if query.descending else (max(first, start), last)
    records = repository.uploads(
        first,
        last,
        descending=query.descending,
        expected=records_to_read(query),
        on_unreadable=on_unreadable,
    )
    for _, same_second in groupby(records, lambda record: record.upload_timestamp):
        yield from query.ordered(same_second)


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
