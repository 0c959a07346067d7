"""What was uploaded in a time, in the order of time: many partitions, merged as they are read."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING

from imgmeta.adapters.dynamodb.paging import Pager
from imgmeta.adapters.dynamodb.partitions import OTHER, days_between, partitions
from imgmeta.adapters.dynamodb.table import SHARDS, UPLOAD_TIMESTAMP_INDEX
from imgmeta.core.records import ImageRecord
from imgmeta.ports import UploadCursor

if TYPE_CHECKING:
    from imgmeta.adapters.dynamodb.items import Attributes

    ToRecord = Callable[[Attributes], ImageRecord]

__all__ = ["uploaded_between"]

_PAGE = 300
"""Records that one query fetches: some pages of each shard are held at once."""

_MANY_DAYS = 60
"""More days than these are worth one question that may tell which of them there are at all."""


def uploaded_between(
    pager: Pager, to_record: "ToRecord", start: UploadCursor, until: int, *, now: datetime
) -> Iterator[ImageRecord]:
    """Yield the records behind `start` and before `until`, by time and image id.

    What is held at a time are some pages of the partitions of a few days, and what was uploaded
    within one second: in that, the index has no order.

    Args:
        pager: asks.
        to_record: makes a record of an item.
        start: the place behind which the first one stands.
        until: seconds since 1970, not included.
        now: aware; no upload of S3's is later.
    """
    if start.upload_timestamp >= until:
        return
    days = days_between(start.upload_timestamp, until, now)
    existing: frozenset[str] | None = None
    if len(days) > _MANY_DAYS:
        existing = _existing(pager)
    if existing is not None:
        days = sorted({name.partition("#")[0] for name in existing}.intersection(days))

    def of_day(day: str) -> Iterator[ImageRecord]:
        # All of its partitions are asked now, before the first is read.
        streams = [
            _of_partition(pager, to_record, name, start.upload_timestamp, until)
            for name in partitions(day)
            if existing is None or name in existing
        ]
        return merge(*streams, key=UploadCursor.after)

    ahead = pager.concurrency // SHARDS
    found = merge(of_day(OTHER), _in_turn(of_day, days, ahead), key=UploadCursor.after)
    for record in found:
        if UploadCursor.after(record) > start:
            yield record


def _existing(pager: Pager) -> frozenset[str] | None:
    """Return the partitions that there are, if one page tells; None: they are too many."""
    request = {
        "IndexName": UPLOAD_TIMESTAMP_INDEX,
        "ProjectionExpression": "#day",
        "ExpressionAttributeNames": {"#day": "UploadDay"},
    }
    page = pager.first_of_scan(request)
    if page.last is not None:
        return None
    return frozenset(item["UploadDay"].get("S", "") for item in page.items)


def _in_turn(
    of_day: Callable[[str], Iterator[ImageRecord]], days: Iterable[str], ahead: int
) -> Iterator[ImageRecord]:
    """Yield what there is of each day, while so many following days are asked already."""
    upcoming = iter(days)
    asked = deque(map(of_day, islice(upcoming, 1 + ahead)))  # now, not when it is read

    def in_turn() -> Iterator[ImageRecord]:
        while asked:
            yield from asked.popleft()
            asked.extend(map(of_day, islice(upcoming, 1)))

    return in_turn()


def _of_partition(
    pager: Pager, to_record: "ToRecord", partition: str, since: int, until: int
) -> Iterator[ImageRecord]:
    request = {
        "IndexName": UPLOAD_TIMESTAMP_INDEX,
        "KeyConditionExpression": "#day = :day AND #uploaded BETWEEN :since AND :last",
        "ExpressionAttributeNames": {"#day": "UploadDay", "#uploaded": "UploadTimestamp"},
        "ExpressionAttributeValues": {
            ":day": {"S": partition},
            ":since": {"N": str(since)},
            ":last": {"N": str(until - 1)},
        },
        "Limit": _PAGE,
    }
    pages = pager.query(request, at_once=True)
    return _by_id(to_record(item) for page in pages for item in page.items)


def _by_id(records: Iterable[ImageRecord]) -> Iterator[ImageRecord]:
    """Yield records that are ordered by time, those of one second by their ids."""
    for _, together in groupby(records, key=lambda record: record.upload_timestamp):
        yield from sorted(together, key=UploadCursor.after)
