"""Points in time from text."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["TIME_WORDS", "parse_range", "parse_time", "range_error"]

_AGE = re.compile(r"([0-9]{1,6})([dhm])", re.ASCII)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_MONTH = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?", re.ASCII)
_SEPARATORS = re.compile(r"[ _-]+")


def _this_week(today: datetime) -> datetime:
    return today - timedelta(days=today.weekday())


def _this_month(today: datetime) -> datetime:
    return today.replace(day=1)


def _last_month(today: datetime) -> datetime:
    # The last day of the month before, whatever its length.
    return _this_month(_this_month(today) - timedelta(days=1))


def _this_year(today: datetime) -> datetime:
    return today.replace(month=1, day=1)


TIME_WORDS: dict[str, Callable[[datetime], datetime]] = {
    "today": lambda today: today,
    "yesterday": lambda today: today - timedelta(days=1),
    "this week": _this_week,
    "last week": lambda today: _this_week(today) - timedelta(days=7),
    "this month": _this_month,
    "last month": _last_month,
    "this year": _this_year,
    "last year": lambda today: today.replace(year=today.year - 1, month=1, day=1),
}
"""Each word for a day, week (from Monday, as in ISO 8601), month or year, with a function that
returns its start for the start of today."""


def parse_time(text: str, now: datetime) -> datetime:
    """Return the UTC time that `text` means; of a day, week, month or year, the start.

    Args:
        text: an ISO 8601 date, or date and time, in UTC unless it has an offset; a month (2026-06)
            or year (2026); one of `TIME_WORDS`, in upper or lower case, with spaces or hyphens; or
            an age in days, hours or minutes, such as `7d`, `24h` or `30m`.
        now: the current time, timezone-aware.

    Raises:
        ConfigurationError: `text` has another form, or the time is out of range.
    """
    try:
        if age := _AGE.fullmatch(text):
            return (now - int(age[1]) * _UNITS[age[2]]).astimezone(UTC)
        if start := TIME_WORDS.get(_SEPARATORS.sub(" ", text.strip().lower())):
            today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
            return start(today)
        if month := _MONTH.fullmatch(text):
            return datetime(int(month[1]), int(month[2] or 1), 1, tzinfo=UTC)
        time = datetime.fromisoformat(text)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        msg = (
            f"invalid time '{printable(text)}': use 2026-11-01, 2026-11, 2026-11-01T12:00, "
            "2026-11-01T12:00+02:00, yesterday, 'last month', or 7d for seven days ago"
        )
        raise ConfigurationError(msg) from error


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


def range_error(
    since: str, until: str, *, names: tuple[str, str] = ("--since", "--until")
) -> ConfigurationError:
    """Return the error for a range that does not start before its end.

    Args:
        since: the text of the start.
        until: the text of the end.
        names: the names of their options or parameters.
    """
    msg = f"{names[0]} must be earlier than {names[1]}"
    if since == until:
        msg = f"{msg}, which ends the range before the start of '{printable(until)}'"
    return ConfigurationError(msg)
