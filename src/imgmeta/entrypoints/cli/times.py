"""Ranges of time, as options of commands give them."""

from datetime import datetime

from imgmeta.core.times import parse_time, range_error

__all__ = ["parse_range"]


def parse_range(since: str, until: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the times of two options: the first instant of a range, and the first one after it.

    Args:
        since: the value of `--since`.
        until: the value of `--until`.
        now: the current time, timezone-aware.

    Raises:
        ConfigurationError: a time is invalid, or `since` is not earlier than `until`.
    """
    start, end = parse_time(since, now), parse_time(until, now)
    if start >= end:
        raise range_error(since, until)
    return start, end
