"""Filters from text: options of a command, or parameters of a URL."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import TypeVar

from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Presence, Shape
from imgmeta.core.status import Status
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.core.times import parse_time
from imgmeta.errors import ConfigurationError

__all__ = ["FILTER_NAMES", "FilterParser", "filter_name"]

_Choice = TypeVar("_Choice", Status, Presence, Shape)

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?([kmgt]?)(i?)(b?)", re.ASCII | re.IGNORECASE)
_DISTANCE = re.compile(r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+) ?(km|m|mi)", re.ASCII | re.IGNORECASE)
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_KILOMETERS = {"km": 1.0, "m": 0.001, "mi": 1.609344}

_LIMITS = {
    f"{limit}-{name}": (limit, attribute)
    for name, attribute in {
        "size": Number.SIZE,
        "width": Number.WIDTH,
        "height": Number.HEIGHT,
        "megapixels": Number.MEGAPIXELS,
        "iso": Number.ISO,
        "focal": Number.FOCAL,
    }.items()
    for limit in ("min", "max")
}
_LABELS = {label.value: label for label in Label}
_FORMATS = {
    "jpg": "JPEG",
    "jpe": "JPEG",
    "jfif": "JPEG",
    "heif": "HEIC",
    "hif": "HEIC",
    "dib": "BMP",
}
"""Formats by the suffixes that the format's name does not contain."""
_TIMES = ("since", "until", "taken-since", "taken-until")

FILTER_NAMES = (
    *("prefix", "glob", "status", "error", "incomplete"),
    *_TIMES,
    *_LABELS,
    *("near", "bbox", "with", "without", "orientation"),
    *_LIMITS,
)
"""The names of all filters. `within` and `not`, which need a filter, are not among them."""


def filter_name(text: str) -> str:
    """Return the name as in `FILTER_NAMES`: that of `--min-size` and `min_size` is `min-size`."""
    return text.removeprefix("--").replace("_", "-")


@dataclass(frozen=True, slots=True)
class FilterParser:
    """Converts text to filters. Messages show names as they were given.

    Attributes:
        parse_target: converts a path or URI to a target.
        now: the current time, timezone-aware and in the local time zone.
        within: the distance of `near`, as given.
    """

    parse_target: Callable[[str], Target]
    now: datetime
    within: str = ""

    def parse(self, name: str, value: str) -> f.Filter:  # noqa: C901, PLR0911, PLR0912 - one for each filter
        """Return the filter with a name and a value.

        Args:
            name: one of `FILTER_NAMES`, in any form that `filter_name` takes.
            value: the value; empty or `true` for `incomplete`.

        Raises:
            ConfigurationError: the value is invalid.
        """
        kind = filter_name(name)
        if kind in _LIMITS:
            return self._limit(name, value)
        if kind == "format":
            return f.Contains(Label.FORMAT, _FORMATS.get(value.lower(), value))
        if kind in _LABELS:
            return f.Contains(_LABELS[kind], value)
        if kind in _TIMES:
            return self._time(kind, value)
        match kind:
            case "prefix":
                target = self.parse_target(value)
                return f.InBucket(target.bucket, target.prefix)
            case "glob":
                return _glob(name, value)
            case "status":
                return f.HasStatus(_choice(Status, name, value))
            case "error":
                return f.ErrorContains(value)
            case "near":
                return self._near(name, value)
            case "bbox":
                return _box(name, value)
            case "with":
                return f.Has(_choice(Presence, name, value))
            case "without":
                return f.Not(f.Has(_choice(Presence, name, value)))
            case "orientation":
                return f.HasShape(_choice(Shape, name, value))
            case _:
                return _incomplete(name, value)

    def negated(self, text: str, *, option: str = "not") -> f.Filter:
        """Return the negation of the filter in `NAME=VALUE`.

        Args:
            text: the filter; `incomplete` needs no value.
            option: the name of the option or parameter, for messages.

        Raises:
            ConfigurationError: the text is not a filter.
        """
        name, equals, value = text.partition("=")
        name = name.strip()
        kind = filter_name(name)
        if kind not in FILTER_NAMES or not (equals or kind == "incomplete"):
            msg = (
                f"invalid {option} '{printable(text)}': use the name and value of a filter, such "
                "as camera=canon, format=gif or min-size=2MB; or incomplete"
            )
            raise ConfigurationError(msg)
        return f.Not(self.parse(name, value))

    def _limit(self, name: str, value: str) -> f.NumberBetween:
        limit, attribute = _LIMITS[filter_name(name)]
        number = _size(name, value) if attribute is Number.SIZE else _number(name, value)
        if limit == "min":
            return f.NumberBetween(attribute, minimum=number)
        return f.NumberBetween(attribute, maximum=number)

    def _time(self, name: str, value: str) -> f.TimeBetween:
        if not name.startswith("taken-"):
            attribute, moment = Moment.UPLOADED, parse_time(value, self.now)
        elif _has_offset(value):
            attribute, moment = Moment.TAKEN_UTC, parse_time(value, self.now)
        else:
            # Local times are compared as they are: an age, too, counts from the local time.
            local_now = self.now.replace(tzinfo=UTC)
            attribute, moment = Moment.TAKEN, parse_time(value, local_now).replace(tzinfo=None)
        if name.endswith("since"):
            return f.TimeBetween(attribute, since=moment)
        return f.TimeBetween(attribute, until=moment)

    def _near(self, name: str, value: str) -> f.Near:
        within = name.replace("near", "within")
        if not self.within:
            msg = f"{name} needs a distance: add, for example, {within} 5km"
            raise ConfigurationError(msg)
        distance = _DISTANCE.fullmatch(self.within.strip())
        if distance is None or not isfinite(float(distance[1])):
            msg = f"invalid {within} '{printable(self.within)}': use 5km, 500m or 3mi"
            raise ConfigurationError(msg)
        kilometers = float(distance[1]) * _KILOMETERS[distance[2].lower()]
        try:
            latitude, longitude = map(float, value.split(","))
            return f.Near(latitude, longitude, kilometers)
        except ValueError as error:
            msg = (
                f"invalid {name} '{printable(value)}': use LATITUDE,LONGITUDE in degrees, such as "
                "48.137,11.575 (south and west are negative)"
            )
            raise ConfigurationError(msg) from error


def _choice(choices: type[_Choice], name: str, value: str) -> _Choice:
    try:
        return choices(value.lower())
    except ValueError as error:
        msg = f"invalid {name} '{printable(value)}': use {', '.join(choices)}"
        raise ConfigurationError(msg) from error


def _incomplete(name: str, value: str) -> f.Incomplete:
    if value.lower() not in {"", "true"}:
        msg = f"invalid {name} '{printable(value)}': use true, or leave it out"
        raise ConfigurationError(msg)
    return f.Incomplete()


def _glob(name: str, value: str) -> f.KeyGlob:
    pattern = value[1:] if value.startswith("/") or not value else f"**/{value}"
    if "://" in value:
        prefix = name.replace("glob", "prefix")
        msg = f"invalid {name} '{printable(value)}': use {prefix} for the bucket, the rest here"
        raise ConfigurationError(msg)
    try:
        return f.KeyGlob(pattern)
    except ValueError as error:
        msg = f"invalid {name} '{printable(value[:80])}': {error}"
        raise ConfigurationError(msg) from error


def _box(name: str, value: str) -> f.InBox:
    try:
        south, west, north, east = map(float, value.split(","))
        return f.InBox(south, west, north, east)
    except ValueError as error:
        msg = (
            f"invalid {name} '{printable(value)}': use SOUTH,WEST,NORTH,EAST in degrees, such as "
            "47.2,5.8,55.1,15.1"
        )
        raise ConfigurationError(msg) from error


def _size(name: str, value: str) -> float:
    match = _SIZE.fullmatch(value.strip())
    number = float(match[1]) if match and not (match[3] and not match[2]) else float("inf")
    if match is None or not isfinite(number):
        msg = f"invalid {name} '{printable(value)}': use bytes, 500kB, 2MB or 1.5MiB"
        raise ConfigurationError(msg)
    # Whole numbers stay exact, since floating point cannot hold all sizes.
    is_whole = match[1].isdecimal() and len(match[1]) < 20  # noqa: PLR2004 - digits of 2^63
    base, power = 1024 if match[3] else 1000, _UNITS[match[2].lower()]
    factor: int = base**power
    return int(match[1]) * factor if is_whole else number * factor


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        msg = f"invalid {name} '{printable(value)}': use a number, such as 20 or 0.5"
        raise ConfigurationError(msg)
    return number


def _has_offset(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
