"""Conversion of times to integers, as stores keep and compare them."""

from datetime import UTC, datetime, timedelta

__all__ = [
    "BEGINNING",
    "END",
    "EPOCH",
    "ceil_seconds",
    "floor_seconds",
    "microseconds",
    "time_from_microseconds",
]

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def floor_seconds(moment: datetime) -> int:
    """Return a timezone-aware time in seconds since 1970, rounded down."""
    return (moment - EPOCH) // _SECOND


def ceil_seconds(moment: datetime) -> int:
    """Return a timezone-aware time in seconds since 1970, rounded up."""
    return -((EPOCH - moment) // _SECOND)


def microseconds(moment: datetime) -> int:
    """Return a timezone-aware time in microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND


def time_from_microseconds(value: int) -> datetime:
    """Return the UTC time that is `value` microseconds after 1970, limited to years 1 to 9999."""
    try:
        return EPOCH + timedelta(microseconds=value)
    except OverflowError:  # a file may have any modification time
        return END.replace(microsecond=0) if value > 0 else BEGINNING
