"""Validation of camera metadata: one function for each kind of value."""

import math
from datetime import UTC, datetime, timedelta

from imgmeta.formats.metadata.date_text import (
    is_plausible_time,
    parse_date_text,
    parse_day,
    parse_offset,
)
from imgmeta.formats.metadata.utc_offsets import is_inhabited_offset

__all__ = [
    "CAPTURE_TIME_RANKS",
    "CameraFields",
    "FieldValue",
    "add_utc_from_gps",
    "altitude",
    "below_sea_level",
    "capture_time",
    "capture_time_from_seconds",
    "coordinates",
    "has_original_time",
    "iso_sensitivity",
    "merge",
    "orientation",
    "positive_number",
    "rational",
    "signed_degrees",
    "without_contradicted_time",
]

FieldValue = str | int | float | bool | datetime
CameraFields = dict[str, FieldValue]
"""Values by their names in `ImageProperties`; an unknown value has no key.

Two names are exceptions, which `without_contradicted_time` removes. `taken_on` is the year, month
or day of a capture time without a time of day, such as `2003-08`. `iptc_edited` is true if IPTC
data was edited after XMP was written.
"""

CAPTURE_TIME_RANKS = {
    "EXIF:DateTimeOriginal": 0,
    "MakerNotes:DateTimeOriginal": 1,
    "CIFF:TimeStamp": 2,
    "XMP:exif:DateTimeOriginal": 3,
    "APP12:TimeDate": 4,
    # The precedence of these two depends on the digest of the IPTC data: see `ImageHeader`.
    "XMP:photoshop:DateCreated": 5,
    "IPTC:DateCreated": 5,
    "EXIF:DateTimeDigitized": 6,
    "XMP:xmp:CreateDate": 7,
    "PNG:Creation Time": 8,
}
"""The sources of a capture time; lower ranks take precedence.

Guidelines for Handling Image Metadata 2.0 (Metadata Working Group, 2010), section 5: the time of
the original comes first, then the time when it was digitized. A time of modification is neither.
"""

_AUXILIARY_NAMES = frozenset({"taken_on", "iptc_edited"})
_DIGITIZED_RANK = CAPTURE_TIME_RANKS["EXIF:DateTimeDigitized"]
_ALL_BITS_SET = frozenset({2**16 - 1, 2**31 - 1, 2**32 - 1})
_MAX_SENSITIVITY = 10_000_000
_MAX_UINT32 = 2**32 - 1
_MAX_ALTITUDE = 1_000_000
_MIN_ALTITUDE = -100_000
_BELOW_SEA_LEVEL = {"0": False, "1": True, "2": False, "3": True}
_QUARTER_HOUR = timedelta(minutes=15)
_MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)


def merge(first: CameraFields, second: CameraFields) -> CameraFields:
    """Return the values of both; `first` takes precedence, except for a time of lower rank.

    A time is never combined with the other's offset, nor a latitude with the other's longitude.
    """
    if not first or not second:
        return first or second
    if _rank(second) < _rank(first):
        first = _without(first, "taken_at")
    kept = second
    for name, prefix in (("taken_at", "taken_at"), ("latitude", "longitude")):
        if name in first:
            kept = _without(kept, prefix)
    return kept | first


def _rank(fields: CameraFields) -> int:
    """Return the rank of the capture time's source; without a time, the lowest rank."""
    source = str(fields.get("taken_at_source"))
    return CAPTURE_TIME_RANKS.get(source, len(CAPTURE_TIME_RANKS))


def _without(fields: CameraFields, prefix: str) -> CameraFields:
    return {name: value for name, value in fields.items() if not name.startswith(prefix)}


def has_original_time(fields: CameraFields) -> bool:
    """Return whether there is a capture time that no other source of the file can replace."""
    return _rank(fields) < CAPTURE_TIME_RANKS["XMP:photoshop:DateCreated"]


def without_contradicted_time(fields: CameraFields) -> CameraFields:
    """Return the fields without `taken_on`, and without a time digitized on another day.

    A scan of an old photo has the day, month or year of the photo, and the time of the scan.
    """
    if _AUXILIARY_NAMES.isdisjoint(fields):
        return fields
    day = str(fields.get("taken_on", ""))
    moment = fields.get("taken_at")
    if (
        day
        and _rank(fields) >= _DIGITIZED_RANK
        and isinstance(moment, datetime)
        and not moment.isoformat().startswith(day)
    ):
        fields = _without(fields, "taken_at")
    return {name: value for name, value in fields.items() if name not in _AUXILIARY_NAMES}


def orientation(value: float) -> int | None:
    """Return an EXIF orientation, 1 to 8, or None."""
    return int(value) if 1 <= value <= 8 else None


def rational(numerator: float, denominator: float) -> float:
    """Return a quotient: NaN for 0/0, infinity for n/0 or if all bits of a part are set."""
    # -1/-1 is a signed rational with all bits set.
    if _MAX_UINT32 in (numerator, denominator) or numerator == denominator == -1:
        return math.inf
    if denominator:
        return numerator / denominator
    return math.inf if numerator else math.nan


def positive_number(value: float) -> float | None:
    """Return a positive, finite number, or None; all bits set means unknown."""
    return float(value) if 0 < value < math.inf and value not in _ALL_BITS_SET else None


def iso_sensitivity(value: float) -> int | None:
    """Return an ISO sensitivity, or None; in EXIF, 65535 means higher or unknown."""
    if not 1 <= value <= _MAX_SENSITIVITY or value in _ALL_BITS_SET:
        return None
    return int(value)


def signed_degrees(
    degrees: float, *, letters: str, hemispheres: tuple[str, ...], negative: bool
) -> float:
    """Return degrees, south and west negative; NaN if the hemispheres and the sign conflict.

    Args:
        degrees: the absolute value.
        letters: those of the axis, the positive one first: `NS` or `EW`.
        hemispheres: the statements, which may be empty: `S`, `south`.
        negative: whether the value had a minus sign.
    """
    stated = letters[1] if negative else ""
    for text in hemispheres:
        letter = text.strip()[:1].upper()
        if letter and (letter not in letters or letter != (stated or letter)):
            return math.nan
        stated = stated or letter
    return -degrees if stated == letters[1] else degrees


def coordinates(latitude: float, longitude: float) -> tuple[float, float] | None:
    """Return signed degrees; None if they are out of range or 0,0 (a receiver without a fix)."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    # Adding zero turns -0.0 into 0.0.
    return (latitude + 0.0, longitude + 0.0) if latitude or longitude else None


def below_sea_level(reference: str) -> bool | None:
    """Return whether an altitude reference says below (1), or not (0); None if it says neither.

    Since EXIF 3.0, 2 and 3 are above and below the ellipsoid.
    """
    return _BELOW_SEA_LEVEL.get(reference.strip())


def altitude(meters: float, *, below: bool | None) -> float | None:
    """Return meters above sea level; None if out of range or contradictory.

    Args:
        meters: the value, with or without a minus sign.
        below: whether the file says that it is below sea level; None if it does not say.
    """
    if (meters < 0 and below is False) or abs(meters) in _ALL_BITS_SET:
        return None
    value = -abs(meters) if below else meters
    return value + 0.0 if _MIN_ALTITUDE <= value <= _MAX_ALTITUDE else None


def capture_time(text: str, source: str, *, fraction: str = "", offset: str = "") -> CameraFields:
    """Return the `taken_at` fields for a date and time; without a time of day, `taken_on`.

    Args:
        text: a date in one of the formats of `parse_date_text`.
        source: the tag that contained the text.
        fraction: the digits of the fraction of a second.
        offset: the offset from UTC, such as `+01:00`, if `text` does not include one.
    """
    if not text:
        return {}
    parsed = parse_date_text(text, fraction)
    if parsed is None:
        day = parse_day(text)
        original = _rank({"taken_at_source": source}) < _DIGITIZED_RANK
        return {"taken_on": day} if day and original else {}
    result: CameraFields = {"taken_at": parsed.moment, "taken_at_source": source}
    written_offset = parsed.offset or offset
    parsed_offset = parse_offset(written_offset) if written_offset else None
    if parsed_offset is not None:
        result["taken_at_offset"] = parsed_offset[0]
        _set_utc(result, parsed.moment, parsed_offset[1])
    return result


def capture_time_from_seconds(seconds: int, source: str) -> CameraFields:
    """Return the `taken_at` fields for local time in seconds since 1970, in 32 bits.

    Cameras write 0 or the largest number if the time is unknown.
    """
    if not 0 < seconds < _MAX_UINT32:
        return {}
    start = datetime(1970, 1, 1)  # noqa: DTZ001 - the camera's clock has no time zone
    moment = start + timedelta(seconds=seconds)
    return {"taken_at": moment, "taken_at_source": source} if is_plausible_time(moment) else {}


def add_utc_from_gps(fields: CameraFields, gps_time: datetime) -> None:
    """Set `taken_at_utc` in `fields` if the GPS time implies the offset of the camera's clock.

    The offset is the difference of the two clocks, rounded to a quarter of an hour. An inhabited
    place must use it, and the difference is at most five minutes off, because a GPS fix may be a
    little old.
    """
    moment = fields.get("taken_at")
    if not isinstance(moment, datetime) or "taken_at_utc" in fields:
        return
    difference = moment - gps_time
    offset = _QUARTER_HOUR * round(difference / _QUARTER_HOUR)
    if (
        is_inhabited_offset(offset, moment.year)
        and abs(difference - offset) <= _MAX_CLOCK_DIFFERENCE
    ):
        _set_utc(fields, moment, offset)


def _set_utc(fields: CameraFields, moment: datetime, offset: timedelta) -> None:
    fields["taken_at_utc"] = (moment - offset).replace(tzinfo=UTC)
