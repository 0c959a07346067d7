"""Conversion of times to whole seconds since 1970, as stores keep and compare them."""

from datetime import UTC, datetime, timedelta

__all__ = ["EPOCH", "ceil_seconds", "floor_seconds"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SECOND = timedelta(seconds=1)


def floor_seconds(moment: datetime) -> int:
    """Return a timezone-aware time in seconds since 1970, rounded down."""
    return (moment - EPOCH) // _SECOND


def ceil_seconds(moment: datetime) -> int:
    """Return a timezone-aware time in seconds since 1970, rounded up."""
    return -((EPOCH - moment) // _SECOND)
