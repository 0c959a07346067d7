"""Values of camera metadata, made fit for the record or dropped: one function for each kind."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = [
    "CameraFields",
    "FieldValue",
    "altitude",
    "clock_offset",
    "exposure",
    "location",
    "merged",
    "orientation",
    "sensitivity",
    "taken",
    "taken_after_1970",
]

FieldValue = str | int | float | bool | datetime
CameraFields = dict[str, FieldValue]
"""Values by their names in `ImageProperties`; what is absent has no key."""

_MAX_INTEGER = 2**32 - 1
_MAX_ALTITUDE = 1_000_000
_MIN_ALTITUDE = -100_000
_UNKNOWN_SENSITIVITY = 65_535
_DATE = re.compile(
    r"(\d{4})[:/. -] ?(\d{1,2})[:/. -] ?(\d{1,2})[T ]{1,3}(\d{1,2})[:. ] ?(\d{1,2})"
    r"(?:[:. ] ?(\d{1,2})(?:[.,](\d{1,12}))?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})", re.ASCII)
_QUARTER = timedelta(minutes=15)
_EARLIEST, _LATEST = timedelta(hours=-12), timedelta(hours=14)
_MAX_RESIDUAL = timedelta(minutes=5)


def merged(first: CameraFields, second: CameraFields) -> CameraFields:
    """Return all that `first` says, and what only `second` says.

    A time comes with its zone, and a place with both its coordinates, from one of them whole.
    """
    kept = second
    for sign, prefix in (("taken_at", "taken_at"), ("latitude", "longitude")):
        if sign in first:
            kept = {name: value for name, value in kept.items() if not name.startswith(prefix)}
    return kept | first


def orientation(value: float) -> int | None:
    """Return an EXIF orientation, 1 to 8."""
    return int(value) if 1 <= value <= 8 else None


def exposure(value: float) -> float | None:
    """Return a positive, finite number: seconds, an f-number, millimetres."""
    return float(value) if 0 < value < math.inf else None


def sensitivity(value: float) -> int | None:
    """Return an ISO sensitivity; 65535 means, in EXIF, that it is more or not known."""
    if not 1 <= value <= _MAX_INTEGER or value == _UNKNOWN_SENSITIVITY:
        return None
    return int(value)


def location(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return signed degrees; None for what is on no map, and for 0,0: a receiver without a fix."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    # Adding zero turns -0.0, which is no other place, into 0.0.
    return (latitude + 0.0, longitude + 0.0) if latitude or longitude else None


def altitude(metres: float, *, below: bool) -> float | None:
    """Return metres above sea level, or below it, if that can be."""
    value = -abs(metres) if below else metres
    return value + 0.0 if _MIN_ALTITUDE <= value <= _MAX_ALTITUDE else None


def taken(text: str, source: str, *, fraction: str = "", offset: str = "") -> CameraFields:
    """Return when an image was taken, as far as this text says it.

    Args:
        text: `2026:11:23 06:51:41` as in EXIF, `2026-11-23T06:51:41+01:00` as in XMP; blank or
            zero where the camera did not know.
        source: the tag that the text is from.
        fraction: digits of a second.
        offset: the zone, `+01:00`, where it is written beside the date.
    """
    match = _DATE.match(text.strip())
    if match is None:
        return {}
    year, month, day, hour, minute, second, digits, zone = match.groups()
    fraction = digits or (fraction if fraction.isascii() and fraction.isdigit() else "")
    try:
        moment = datetime(  # noqa: DTZ001 - the camera wrote no zone with it
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            int(fraction[:6].ljust(6, "0")),
        )
    except ValueError:
        return {}
    result: CameraFields = {"taken_at": moment, "taken_at_source": source}
    written = _zone(zone or offset)
    if written is not None:
        result["taken_at_offset"] = written[0]
        _set_utc(result, moment, written[1])
    return result


def taken_after_1970(seconds: int, source: str) -> CameraFields:
    """Return a time that the camera's own clock counted, in 32 bits, from the start of 1970.

    0 and the largest number are what a camera writes that does not know.
    """
    if not 0 < seconds < _MAX_INTEGER:
        return {}
    start = datetime(1970, 1, 1)  # noqa: DTZ001 - the camera's clock knows no zone
    return {"taken_at": start + timedelta(seconds=seconds), "taken_at_source": source}


def _zone(text: str) -> tuple[str, timedelta] | None:
    text = text.strip()
    if text == "Z":
        return "+00:00", timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match[1], int(match[2]), int(match[3])
    if hours > 14 or minutes > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return f"{sign}{hours:02}:{minutes:02}", -distance if sign == "-" else distance


def clock_offset(fields: CameraFields, satellite: datetime) -> None:
    """Add the moment in UTC to `fields`, if the GPS clock says which zone the camera's is in.

    The zone is the nearest quarter of an hour to the difference of the two clocks, from -12 to
    +14 hours, if what is left over is at most five minutes: a fix may be a little old.
    """
    moment = fields.get("taken_at")
    if not isinstance(moment, datetime) or "taken_at_utc" in fields:
        return
    difference = moment - satellite
    zone = _QUARTER * round(difference / _QUARTER)
    if _EARLIEST <= zone <= _LATEST and abs(difference - zone) <= _MAX_RESIDUAL:
        _set_utc(fields, moment, zone)


def _set_utc(fields: CameraFields, moment: datetime, offset: timedelta) -> None:
    try:
        fields["taken_at_utc"] = moment.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except OverflowError:
        # The first and the last day of the calendar have no such moment in UTC.
        return
