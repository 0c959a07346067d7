"""The partitions of `UploadTimestampIndex`: days in eight shards, and what has no such day.

A partition is found by its name alone, so both who writes and who asks must know which there can
be. S3 gives a time of upload itself: none is before its launch or in the future. The time of a
file on a disk may be any; what is not a possible time of S3's stands in partitions of its own.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from imgmeta.adapters.dynamodb.table import SHARDS
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.timestamps import ceil_seconds

__all__ = ["OTHER", "days_between", "partitions", "upload_day"]

OTHER = "other"
"""Stands for the day of an upload that S3 cannot have given its time."""

_LAUNCH = datetime(2006, 3, 14, tzinfo=UTC)
"""When Amazon S3 was opened."""

_DAY = 24 * 60 * 60
_DAY_ZERO = date(1970, 1, 1).toordinal()

_SKEW = timedelta(hours=1)
"""How far the clocks of S3, a writer and a reader may be apart, each from each. AWS answers no
request that is signed by a clock more than a quarter of an hour wrong."""


def upload_day(record: ImageRecord, now: datetime) -> str | None:
    """Return the partition that a record stands in: `2026-11-23#5`; None: in none of them.

    The shard is the image id's number modulo `SHARDS`.

    Args:
        record: a tombstone, or a record without a time of upload, stands in none.
        now: aware.
    """
    uploaded = record.upload_timestamp
    if uploaded is None or record.status is Status.DELETED:
        return None
    is_possible = ceil_seconds(_LAUNCH) <= uploaded < ceil_seconds(now + _SKEW)
    return _partition(_date(uploaded).isoformat() if is_possible else OTHER, record.image_id)


def days_between(since: int, until: int, now: datetime) -> list[str]:
    """Return the days on which an upload of this time may stand, in order.

    Args:
        since: seconds since 1970, included.
        until: seconds since 1970, not included.
        now: aware.
    """
    first = max(since, ceil_seconds(_LAUNCH))
    # Whoever wrote may have had a clock ahead of S3's, and of this one.
    last = min(until, ceil_seconds(now + 2 * _SKEW)) - 1
    return [_date(day * _DAY).isoformat() for day in range(first // _DAY, last // _DAY + 1)]


def partitions(day: str) -> Iterator[str]:
    """Yield the partitions of one day, or of `OTHER`."""
    for shard in range(SHARDS):
        yield f"{day}#{shard}"


def _partition(day: str, image_id: str) -> str:
    return f"{day}#{int(image_id, 16) % SHARDS}"


def _date(seconds: int) -> date:
    return date.fromordinal(_DAY_ZERO + seconds // _DAY)
