"""Validation of camera metadata: one function for each kind of value."""

import math
import re
from datetime import UTC, datetime, timedelta, timezone

__all__ = [
    "CameraFields",
    "FieldValue",
    "add_utc_from_gps",
    "altitude",
    "capture_time",
    "capture_time_from_seconds",
    "coordinates",
    "iso_sensitivity",
    "merge",
    "orientation",
    "positive_number",
]

FieldValue = str | int | float | bool | datetime
CameraFields = dict[str, FieldValue]
"""Values by their names in `ImageProperties`; an unknown value has no key."""

_MAX_UINT32 = 2**32 - 1
_MAX_ALTITUDE = 1_000_000
_MIN_ALTITUDE = -100_000
_UNKNOWN_SENSITIVITY = 65_535
_DATE = re.compile(
    r"(\d{4})[:/. -] ?(\d{1,2})[:/. -] ?(\d{1,2})[T ]{1,3}(\d{1,2})[:. ] ?(\d{1,2})"
    r"(?:[:. ] ?(\d{1,2})(?:[.,](\d{1,12}))?)?\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})", re.ASCII)
_QUARTER_HOUR = timedelta(minutes=15)
_MIN_OFFSET, _MAX_OFFSET = timedelta(hours=-12), timedelta(hours=14)
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)


def merge(first: CameraFields, second: CameraFields) -> CameraFields:
    """Return the values of both; `first` takes precedence.

    A time is never combined with the other's offset, nor a latitude with the other's longitude.
    """
    kept = second
    for name, prefix in (("taken_at", "taken_at"), ("latitude", "longitude")):
        if name in first:
            kept = {key: value for key, value in kept.items() if not key.startswith(prefix)}
    return kept | first


def orientation(value: float) -> int | None:
    """Return an EXIF orientation, 1 to 8, or None."""
    return int(value) if 1 <= value <= 8 else None


def positive_number(value: float) -> float | None:
    """Return a positive, finite number, or None."""
    return float(value) if 0 < value < math.inf else None


def iso_sensitivity(value: float) -> int | None:
    """Return an ISO sensitivity, or None; in EXIF, 65535 means higher or unknown."""
    if not 1 <= value <= _MAX_UINT32 or value == _UNKNOWN_SENSITIVITY:
        return None
    return int(value)


def coordinates(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return signed degrees; None if they are out of range or 0,0 (a receiver without a fix)."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    # Adding zero turns -0.0 into 0.0.
    return (latitude + 0.0, longitude + 0.0) if latitude or longitude else None


def altitude(meters: float, *, below: bool) -> float | None:
    """Return meters above sea level, negative if `below`; None if out of range."""
    value = -abs(meters) if below else meters
    return value + 0.0 if _MIN_ALTITUDE <= value <= _MAX_ALTITUDE else None


def capture_time(text: str, source: str, *, fraction: str = "", offset: str = "") -> CameraFields:
    """Return the `taken_at` fields for a date and time; empty if it is invalid.

    Args:
        text: `2026:11:23 06:51:41` as in EXIF or `2026-11-23T06:51:41+01:00` as in XMP.
        source: the tag that contained the text.
        fraction: the digits of the fraction of a second.
        offset: the offset from UTC, such as `+01:00`, if `text` does not include one.
    """
    match = _DATE.match(text.strip())
    if match is None:
        return {}
    year, month, day, hour, minute, second, digits, zone = match.groups()
    fraction = digits or (fraction if fraction.isascii() and fraction.isdigit() else "")
    try:
        moment = datetime(  # noqa: DTZ001 - local time: the camera wrote no time zone
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
    parsed_offset = _parse_offset(zone or offset)
    if parsed_offset is not None:
        result["taken_at_offset"] = parsed_offset[0]
        _set_utc(result, moment, parsed_offset[1])
    return result


def capture_time_from_seconds(seconds: int, source: str) -> CameraFields:
    """Return the `taken_at` fields for local time in seconds since 1970, in 32 bits.

    Cameras write 0 or the largest number if the time is unknown.
    """
    if not 0 < seconds < _MAX_UINT32:
        return {}
    start = datetime(1970, 1, 1)  # noqa: DTZ001 - the camera's clock has no time zone
    return {"taken_at": start + timedelta(seconds=seconds), "taken_at_source": source}


def _parse_offset(text: str) -> tuple[str, timedelta] | None:
    text = text.strip()
    if text == "Z":
        return "+00:00", timedelta()
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes = match[1], int(match[2]), int(match[3])
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return f"{sign}{hours:02}:{minutes:02}", -offset if sign == "-" else offset


def add_utc_from_gps(fields: CameraFields, gps_time: datetime) -> None:
    """Set `taken_at_utc` in `fields` if the GPS time implies the offset of the camera's clock.

    The offset is the difference of the two clocks, rounded to a quarter of an hour. It must be
    between -12 and +14 hours, and at most five minutes off, because a GPS fix may be a little old.
    """
    moment = fields.get("taken_at")
    if not isinstance(moment, datetime) or "taken_at_utc" in fields:
        return
    difference = moment - gps_time
    offset = _QUARTER_HOUR * round(difference / _QUARTER_HOUR)
    if _MIN_OFFSET <= offset <= _MAX_OFFSET and abs(difference - offset) <= _MAX_CLOCK_DIFFERENCE:
        _set_utc(fields, moment, offset)


def _set_utc(fields: CameraFields, moment: datetime, offset: timedelta) -> None:
    try:
        fields["taken_at_utc"] = moment.replace(tzinfo=timezone(offset)).astimezone(UTC)
    except OverflowError:
        # The UTC time is before year 1 or after year 9999.
        return
