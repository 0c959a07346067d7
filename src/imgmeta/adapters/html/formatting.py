"""Text forms of the values of a report. Texts from outside are made safe to show."""

import os
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.reports import Class, PlaceCount, TimeUnit
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.text import printable
from imgmeta.core.uris import is_legible, legible_name

__all__ = [
    "MONTHS",
    "base64",
    "day",
    "during",
    "file_name",
    "file_size_class",
    "megapixel_class",
    "minute",
    "number",
    "percent",
    "period",
    "position",
    "shown_name",
    "shown_text",
    "tick",
    "ticks",
]

_STEPS = {
    TimeUnit.DAY: (1, 2, 7, 14, 28),
    TimeUnit.MONTH: (1, 2, 3, 6, 12, 24, 60),
    TimeUnit.YEAR: (1, 2, 5, 10, 20, 50),
}

_ROOT = "" if os.name == "nt" else "/"
"""What precedes a key in an absolute path: on Windows, a key begins with the drive."""

_MAX_NAME = 200
"""Characters of a name, so that 16,384-byte keys leave the page legible and small."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""Names that do not depend on the locale, as those of `strftime` do."""


def shown_text(text: str) -> str:
    """Return a text from outside with its invisible characters escaped; HTML is not escaped."""
    return printable(text)


def shown_name(location: ObjectLocation) -> str:
    """Return the path of a local file, or the name of another object: see `legible_name`.

    A long name is shortened in the middle.
    """
    path = f"{_ROOT}{location.key}"
    is_path = location.bucket == LOCAL_BUCKET and is_legible(path) and "//" not in path
    name = path if is_path else legible_name(location)
    if len(name) <= _MAX_NAME:
        return name
    return f"{name[: _MAX_NAME // 2]}…{name[-_MAX_NAME // 2 + 1 :]}"


def file_name(location: ObjectLocation) -> str:
    """Return the last part of the name of an image: see `shown_name`."""
    return shown_name(location).rpartition("/")[2]


def base64(content: bytes) -> str:
    """Return bytes as the text of a `data:` URL: RFC 2397."""
    return b64encode(content).decode()


def number(value: int) -> str:
    """Return a number with its thousands separated: `12,345`."""
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """Return the share of a part: `12%`, `0.4%`, `< 0.1%`."""
    share = 100 * part / whole if whole else 0.0
    if 0 < share < 0.1:  # noqa: PLR2004 - the smallest share that is shown
        return "< 0.1%"
    return f"{share:.0f}%" if share >= 9.95 or not share else f"{share:.1f}%"  # noqa: PLR2004 - two digits


def day(value: date) -> str:
    """Return a date: `Jun 7, 2026`."""
    return f"{MONTHS[value.month - 1]} {value.day}, {value.year:04}"


def minute(value: datetime) -> str:
    """Return a date and time, of one with a time zone in UTC: `Jun 7, 2026, 08:09`."""
    moment = value if value.tzinfo is None else value.astimezone(UTC)
    return f"{day(moment)}, {moment:%H:%M}"


def period(start: date, unit: TimeUnit) -> str:
    """Return a day, month or year: `Jun 7, 2026`, `Jun 2026`, `2026`."""
    match unit:
        case TimeUnit.DAY:
            return day(start)
        case TimeUnit.MONTH:
            return f"{MONTHS[start.month - 1]} {start.year:04}"
        case _:
            return f"{start.year:04}"


def during(start: date, unit: TimeUnit) -> str:
    """Return a period as part of a sentence: `on Jun 7, 2026`, `in Jun 2026`, `in 2026`."""
    return f"{'on' if unit is TimeUnit.DAY else 'in'} {period(start, unit)}"


def position(place: PlaceCount) -> str:
    """Return the center of a cell: `48.15° N, 11.55° E`."""
    latitude, longitude = place.latitude, place.longitude
    north, east = "S" if latitude < 0 else "N", "W" if longitude < 0 else "E"
    return f"{abs(latitude):.2f}° {north}, {abs(longitude):.2f}° {east}"


def tick(start: date, unit: TimeUnit) -> str:
    """Return a period as the label of an axis: a day is without its year, unless it is New Year."""
    if unit is TimeUnit.DAY and (start.month, start.day) != (1, 1):
        return f"{MONTHS[start.month - 1]} {start.day}"
    return period(start, unit)


def ticks(starts: Sequence[date], unit: TimeUnit, limit: int) -> list[str]:
    """Return the labels of an axis that has room for some of its periods only.

    They are at even distances: every month, every second one, every January and so on.
    """
    chosen = list(starts)
    for step in _STEPS[unit]:
        chosen = [start for start in starts if _number(start, unit) % step == 0]
        if len(chosen) <= limit:
            break
    return [tick(start, unit) for start in chosen[:limit]]


def _number(start: date, unit: TimeUnit) -> int:
    match unit:
        case TimeUnit.DAY:
            return start.toordinal()
        case TimeUnit.MONTH:
            return start.year * 12 + start.month - 1
        case _:
            return start.year


def megapixel_class(each: Class) -> str:
    """Return a range of numbers: `< 1`, `≥ 64`, or both ends with an en dash."""
    if each.upper is None:
        return f"≥ {each.lower:g}"
    return f"{each.lower:g}–{each.upper:g}" if each.lower else f"< {each.upper:g}"  # noqa: RUF001 - the en dash of ranges


def file_size_class(each: Class) -> str:
    """Return a class of file sizes in megabytes, as `megapixel_class` does."""
    scale = 1_000_000
    upper = None if each.upper is None else each.upper / scale
    return megapixel_class(Class(each.lower / scale, upper, each.number))
