"""Date strings of cameras and programs.

EXIF 2.32, section 4.6.5 (`2026:11:23 06:51:41`); XMP, part 1, section 8.2.1.1 (ISO 8601); RFC 1123,
section 5.2.14, and the C function `ctime`, as in the text chunks of PNG files.

A string is read completely or not at all: an unread rest, such as `pm`, can change the date.
"""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from imgmeta.formats.metadata.utc_offsets import is_known_offset

__all__ = ["DateText", "is_plausible_time", "parse_date_text", "parse_day", "parse_offset"]

_MAX_LENGTH = 96
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# English names only: Finnish `marraskuu` is November.
_MONTH = f"(?P<month>{'|'.join(_MONTHS)})(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? {1,2})?"
_FRACTION = r"(?:[.,](?P<fraction>\d{0,12})|:(?P<milliseconds>\d{3}))?"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:. ] ?(?P<minute>\d{1,2})"
    rf"(?:[:. ] ?(?P<second>\d{{1,2}}){_FRACTION}|:)?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
)
# Names of zones other than UTC are ambiguous: CST is -06:00, +08:00 or -05:00.
_ZONE = (
    r"(?:\s*(?:(?P<zone>z|(?:utc?|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc?|gmt)"
    r"|(?P<name>(?-i:[A-Z]{2,4}T))))?"
)
_YEAR = r"(?P<year>\d{4})"
_FLAGS = re.ASCII | re.IGNORECASE
# Not compiled here, because that takes milliseconds, and `re` keeps the patterns that it compiled.
_PATTERNS = (
    rf"{_YEAR}[:/. -] ?(?P<month>\d{{1,2}})[:/. -] ?(?P<day>\d{{1,2}})[T ]{{1,3}}{_CLOCK}{_ZONE}",
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ -]{_MONTH}[ -]{_YEAR} {_CLOCK}{_ZONE}",
    rf"{_WEEKDAY}{_MONTH} {{1,2}}(?P<day>\d{{1,2}}) {_CLOCK}{_ZONE} {_YEAR}",
)
# The formats of EXIF and XMP, which nearly all files have: the other patterns take longer.
_USUAL_TIME = re.compile(
    r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)(Z|[+-]\d\d:\d\d)?", re.ASCII
)
# 00 means an unknown month or day.
_DAY = re.compile(r"(\d{4})(?:[:/.-]?(\d\d)(?:[:/.-]?(\d\d))?)?", re.ASCII)
_OFFSET = re.compile(r"(?:UTC?|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", re.ASCII)
# Control characters and 0xFF fill the field and have no meaning.
_PADDING = "".join(map(chr, range(33))) + "\x7f\xff"

_FIRST_YEAR, _LAST_YEAR = 1826, 2099
_CLOCK_STARTS = frozenset(
    datetime(*day)  # noqa: DTZ001 - local time: the camera wrote no time zone
    for day in ((1899, 12, 30), (1900, 1, 1), (1904, 1, 1), (1970, 1, 1))
)


class DateText(NamedTuple):
    """A date and time of day without a time zone, and the offset from UTC as it was written."""

    moment: datetime
    offset: str


def is_plausible_time(moment: datetime) -> bool:
    """Return whether an image can have been taken at this time.

    The oldest photograph is of 1826, and the clocks of cameras end in 2099. The first second of a
    computer's clock, such as 1970-01-01 00:00:00, means that the time is unknown.
    """
    return _FIRST_YEAR <= moment.year <= _LAST_YEAR and moment not in _CLOCK_STARTS


def parse_date_text(text: str, fraction: str = "") -> DateText | None:
    """Return the date and time in a string; None if it is invalid or a placeholder.

    Args:
        text: the whole string; padding at its ends is ignored.
        fraction: digits of the fraction of a second, if `text` does not include them.
    """
    text = text.strip(_PADDING)
    if len(text) > _MAX_LENGTH:
        return None
    if usual := _USUAL_TIME.fullmatch(text):
        year, month, day, hour, minute, second = map(int, usual.groups()[:6])
        return _date_text((year, month, day, hour, minute, second), fraction, usual[7] or "")
    if _DAY.fullmatch(text):
        return None
    matches = (re.fullmatch(pattern, text, _FLAGS) for pattern in _PATTERNS)
    match = next(filter(None, matches), None)
    clock_hour = _hour(match["hour"], match["half"]) if match else None
    if match is None or clock_hour is None:
        return None
    name = match["month"].lower()
    numbers = (
        int(match["year"]),
        _MONTHS.index(name) + 1 if name in _MONTHS else int(name),
        int(match["day"]),
        clock_hour,
        int(match["minute"]),
        int(match["second"] or 0),
    )
    digits = match["fraction"] or match["milliseconds"] or fraction
    return _date_text(numbers, digits, match["zone"] or "")


def _date_text(
    numbers: tuple[int, int, int, int, int, int], digits: str, zone: str = ""
) -> DateText | None:
    """Return a date and time: its parts from the year to the second, and digits of a fraction."""
    fraction = int(digits[:6].ljust(6, "0")) if digits.isascii() and digits.isdigit() else 0
    try:
        moment = datetime(*numbers, fraction)  # noqa: DTZ001 - local time: the camera wrote no time zone
    except ValueError:
        return None
    return DateText(moment, zone) if is_plausible_time(moment) else None


def _hour(digits: str, half: str | None) -> int | None:
    """Return the hour of a 24-hour clock; None if the half of the day contradicts it."""
    hour = int(digits)
    if half is None:
        return hour
    if half in "pP":
        # Some programs add PM to the hour of a 24-hour clock.
        return hour if hour >= 12 else hour + 12 if hour else None
    return 0 if hour == 12 else hour if hour < 12 else None


def parse_day(text: str) -> str | None:
    """Return a year, month or day without a time as in ISO 8601, such as `2003-08`; else None."""
    match = _DAY.fullmatch(text.strip(_PADDING))
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return None
    year, month, day = match.groups(default="00")
    if not 1 <= int(month) <= 12:
        return year if month == "00" else None
    if not 1 <= int(day) <= 31:
        return f"{year}-{month}" if day == "00" else None
    return f"{year}-{month}-{day}"


def parse_offset(text: str) -> tuple[str, timedelta] | None:
    """Return an offset from UTC as `+02:00` and as a duration; None if no time zone has it."""
    text = text.strip(_PADDING).upper()
    if text in {"Z", "UT", "UTC", "GMT"}:
        return "+00:00", timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match[1], int(match[2]), int(match[3] or 0)
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)
    if minutes > 59 or not is_known_offset(offset):
        return None
    return f"{sign if offset else '+'}{hours:02}:{minutes:02}", offset
