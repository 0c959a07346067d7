"""Queries by upload time, over many partitions that are merged while they are read."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.adapters.dynamodb.paging import Pager
from imgmeta.adapters.dynamodb.partitions import OTHER, days_between, partitions_of_day
from imgmeta.adapters.dynamodb.table import SHARDS, UPLOAD_TIMESTAMP_INDEX
from imgmeta.core.cursors import UploadCursor
from imgmeta.core.records import ImageRecord

if TYPE_CHECKING:
    from imgmeta.adapters.dynamodb.items import Attributes

    ToRecords = Callable[[Iterable[Attributes]], Iterator[ImageRecord]]

__all__ = ["PAGE_SIZE", "UploadSpan", "read_uploads", "uploaded_between"]

PAGE_SIZE = 300
"""Records per page; a few pages of each shard are in memory at a time."""

_MAX_DAYS = 60
"""For a longer period, one request first tries to list all partitions of the index."""


class UploadSpan(NamedTuple):
    """Upload times to read, and how.

    Attributes:
        first: the first second since 1970.
        last: the last second, inclusive.
        descending: start with the newest.
        page_size: records per page.
    """

    first: int
    last: int
    descending: bool = False
    page_size: int = PAGE_SIZE


def uploaded_between(
    pager: Pager, to_records: "ToRecords", start: UploadCursor, until: int, *, now: datetime
) -> Iterator[ImageRecord]:
    """Yield the records after `start` and before `until`, by time and image ID.

    Args:
        pager: fetches the pages.
        to_records: decodes items.
        start: the exclusive start.
        until: seconds since 1970, exclusive.
        now: the current time, timezone-aware.
    """
    span = UploadSpan(start.upload_timestamp, until - 1)
    for record in read_uploads(pager, to_records, span, now=now):
        if UploadCursor.after(record) > start:
            yield record


def read_uploads(
    pager: Pager, to_records: "ToRecords", span: UploadSpan, *, now: datetime
) -> Iterator[ImageRecord]:
    """Yield the records of a span, by time and image ID.

    In memory are a few pages of each partition of a few days, and all records of one second, which
    the index does not order.

    Args:
        pager: fetches the pages.
        to_records: decodes items.
        span: the times and the direction.
        now: the current time, timezone-aware.
    """
    if span.first > span.last:
        return
    days = days_between(span.first, span.last + 1, now)
    existing: frozenset[str] | None = None
    if len(days) > _MAX_DAYS:
        existing = _existing_partitions(pager)
    if existing is not None:
        days = sorted({name.partition("#")[0] for name in existing}.intersection(days))
    if span.descending:
        days.reverse()

    def read_day(day: str) -> Iterator[ImageRecord]:
        # This starts the queries of all partitions, before the first is read.
        streams = [
            _query_partition(pager, to_records, name, span)
            for name in partitions_of_day(day)
            if existing is None or name in existing
        ]
        return merge(*streams, key=UploadCursor.after, reverse=span.descending)

    prefetched = pager.concurrency // SHARDS
    others, regular = read_day(OTHER), _chain_days(read_day, days, prefetched)
    yield from merge(others, regular, key=UploadCursor.after, reverse=span.descending)


def _existing_partitions(pager: Pager) -> frozenset[str] | None:
    """Return all partitions of the index if they fit in one page; None if they do not.

    Raises:
        PermanentError: the index has other keys, as in a table of the original system.
    """
    request = {
        "IndexName": UPLOAD_TIMESTAMP_INDEX,
        "ProjectionExpression": "#day",
        "ExpressionAttributeNames": {"#day": "UploadDay"},
    }
    page = pager.first_scan_page(request)
    if page.next_start is not None:
        return None
    if any("UploadDay" not in item for item in page.items):
        raise pager.missing_index(UPLOAD_TIMESTAMP_INDEX)
    return frozenset(item["UploadDay"].get("S", "") for item in page.items)


def _chain_days(
    read_day: Callable[[str], Iterator[ImageRecord]], days: Iterable[str], prefetched: int
) -> Iterator[ImageRecord]:
    """Yield the records of each day, with the queries of the next `prefetched` days started."""
    upcoming = iter(days)
    started = deque(map(read_day, islice(upcoming, 1 + prefetched)))  # before the first iteration

    def chain() -> Iterator[ImageRecord]:
        while started:
            yield from started.popleft()
            started.extend(map(read_day, islice(upcoming, 1)))

    return chain()


def _query_partition(
    pager: Pager, to_records: "ToRecords", partition: str, span: UploadSpan
) -> Iterator[ImageRecord]:
    request = {
        "IndexName": UPLOAD_TIMESTAMP_INDEX,
        "KeyConditionExpression": "#day = :day AND #uploaded BETWEEN :since AND :last",
        "ExpressionAttributeNames": {"#day": "UploadDay", "#uploaded": "UploadTimestamp"},
        "ExpressionAttributeValues": {
            ":day": {"S": partition},
            ":since": {"N": str(span.first)},
            ":last": {"N": str(span.last)},
        },
        "ScanIndexForward": not span.descending,
        "Limit": span.page_size,
    }
    pages = pager.query(request, prefetch=True)
    return _sort_seconds(to_records(item for page in pages for item in page.items), span)


def _sort_seconds(records: Iterable[ImageRecord], span: UploadSpan) -> Iterator[ImageRecord]:
    """Yield records that are ordered by time, with those of the same second ordered by ID."""
    for _, same_second in groupby(records, key=lambda record: record.upload_timestamp):
        yield from sorted(same_second, key=UploadCursor.after, reverse=span.descending)
