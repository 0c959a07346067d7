"""Partitions of `UploadTimestampIndex`: eight shards for each day, and for all other times.

A query must know the names of its partitions. S3 sets upload times itself: none is before its
launch or in the future. A file on disk may have any time; records with a time that S3 cannot set
are in the partitions named `OTHER`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from imgmeta.adapters.dynamodb.table import SHARDS
from imgmeta.core.records import ImageRecord
from imgmeta.core.status import Status
from imgmeta.core.timestamps import ceil_seconds

__all__ = ["OTHER", "days_between", "partitions_of_day", "upload_partition"]

OTHER = "other"
"""Replaces the day of an upload time that S3 cannot set."""

_S3_LAUNCH = datetime(2006, 3, 14, tzinfo=UTC)

_DAY = 24 * 60 * 60
_DAY_ZERO = date(1970, 1, 1).toordinal()

_MAX_SKEW = timedelta(hours=1)
"""Maximum difference between the clocks of S3, a writer and a reader. AWS rejects requests from
clocks that are more than 15 minutes wrong."""


def upload_partition(record: ImageRecord, now: datetime) -> str | None:
    """Return the partition of a record, such as `2026-11-23#5`.

    The shard is the image ID, as a number, modulo `SHARDS`.

    Args:
        record: the record to write.
        now: the writer's current time, timezone-aware.

    Returns:
        The partition; None for a tombstone or a record without an upload time.
    """
    uploaded = record.upload_timestamp
    if uploaded is None or record.status is Status.DELETED:
        return None
    is_possible = ceil_seconds(_S3_LAUNCH) <= uploaded < ceil_seconds(now + _MAX_SKEW)
    day = _date(uploaded).isoformat() if is_possible else OTHER
    return f"{day}#{int(record.image_id, 16) % SHARDS}"


def days_between(since: int, until: int, now: datetime) -> list[str]:
    """Return the days that may have records uploaded in this period, in order.

    Args:
        since: seconds since 1970, inclusive.
        until: seconds since 1970, exclusive.
        now: the reader's current time, timezone-aware.
    """
    first = max(since, ceil_seconds(_S3_LAUNCH))
    # The writer's clock may be ahead of this one, and S3's clock ahead of the writer's.
    last = min(until, ceil_seconds(now + 2 * _MAX_SKEW)) - 1
    return [_date(day * _DAY).isoformat() for day in range(first // _DAY, last // _DAY + 1)]


def partitions_of_day(day: str) -> Iterator[str]:
    """Yield the partitions of one day, or of `OTHER`."""
    for shard in range(SHARDS):
        yield f"{day}#{shard}"


def _date(seconds: int) -> date:
    return date.fromordinal(_DAY_ZERO + seconds // _DAY)
