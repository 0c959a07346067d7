"""Camera, GPS position and time from an EXIF block.

EXIF 2.32 (CIPA DC-008), sections 4.6.4 to 4.6.6.
"""

import math
import re
from datetime import datetime, timedelta

from imgmeta.core.text import clean_text
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields
from imgmeta.formats.metadata.ifd import Entry, TiffReader, open_tiff
from imgmeta.formats.metadata.thumbnail import JPEG_START, find_thumbnail

__all__ = ["CAMERA_TAGS", "ExifBlock", "add_gps", "camera_fields", "read_exif"]

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH = 0x829A, 0x829D, 0x920A
_SENSITIVITIES = (0x8827, 0x8833, 0x8832)
_ORIGINAL_TIME = (0x9003, 0x9291, 0x9011)
_DIGITIZED_TIME = (0x9004, 0x9292, 0x9012)
"""The tags of a date and time, the fraction of its second, and its offset from UTC."""
_MAKER_NOTE, _LENS_MODEL = 0x927C, 0xA434

CAMERA_TAGS = frozenset(
    {
        *(_MAKE, _MODEL, _ORIENTATION, _EXIF_IFD, _GPS_IFD),
        *(_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH, *_SENSITIVITIES),
        *(*_ORIGINAL_TIME, *_DIGITIZED_TIME, _MAKER_NOTE, _LENS_MODEL),
    }
)
"""The tags to read from a file's first directory and from its EXIF directory."""

_EXIF_TAGS = CAMERA_TAGS - {_ORIENTATION}
_TEXTS = ((_MAKE, "camera_make"), (_MODEL, "camera_model"), (_LENS_MODEL, "lens_model"))
_NUMBERS = (
    (_EXPOSURE_TIME, "exposure_time"),
    (_F_NUMBER, "f_number"),
    (_FOCAL_LENGTH, "focal_length"),
)
_DIVISORS = (1.0, 60.0, 3600.0)
_GPS_DATE = re.compile(r"\s*(\d{4})[:/-](\d{1,2})[:/-](\d{1,2})(?!\d)", re.ASCII)
_GPS_TAGS = frozenset(range(1, 8)) | {0x1D}


class ExifBlock:
    """The TIFF header and directories in an EXIF block.

    The block may begin with `Exif` and two NULs, as in a JPEG.
    """

    def __init__(self, block: bytes) -> None:
        if block[:4].lower() == b"exif":
            block = block[6:]
        self._block = block
        self._tiff = tiff = open_tiff(lambda offset, length: block[offset : offset + length])
        self._first = tiff.directory(tiff.first_offset, CAMERA_TAGS) if tiff else None

    def fields(self) -> CameraFields:
        """Return the values for the record."""
        if self._tiff is None or self._first is None:
            return {}
        return camera_fields(self._tiff, self._first.entries)

    def thumbnail(self) -> bytes:
        """Return the thumbnail as a JPEG; empty if there is none."""
        if self._tiff is None or self._first is None:
            return b""
        place = find_thumbnail(self._tiff, self._first, len(self._block))
        if place is None:
            return b""
        thumbnail = self._block[place.offset : place.offset + place.length]
        return thumbnail if thumbnail.startswith(JPEG_START) else b""


def read_exif(block: bytes) -> CameraFields:
    """Return the values in an EXIF block: see `ExifBlock`."""
    return ExifBlock(block).fields()


def camera_fields(tiff: TiffReader, first: dict[int, Entry]) -> CameraFields:
    """Return the values in a first directory and in the EXIF and GPS directories it points to.

    The EXIF directory takes precedence, except for make, model and GPS directory. An orientation
    in the EXIF directory is ignored, because image viewers only rotate by the first directory's.
    """
    entries = first
    directory = tiff.directory(tiff.offset(first.get(_EXIF_IFD)), _EXIF_TAGS)
    if directory is not None:
        entries = first | directory.entries
        for tag in (_MAKE, _MODEL, _GPS_IFD):
            if tag in first:
                entries[tag] = first[tag]
    result = _camera(tiff, entries)
    result |= _capture_time(tiff, entries, _ORIGINAL_TIME, "EXIF:DateTimeOriginal")
    if "taken_at" not in result and _MAKER_NOTE in entries:
        # Most files have a date in the standard's tag.
        from imgmeta.formats.legacy.reconyx import MAX_NOTE, read_reconyx  # noqa: PLC0415 - as above

        note = tiff.data(entries[_MAKER_NOTE], MAX_NOTE)
        result |= read_reconyx(note, result.get("camera_make"))
    if "taken_at" not in result:
        result |= _capture_time(tiff, entries, _DIGITIZED_TIME, "EXIF:DateTimeDigitized")
    if _GPS_IFD in entries:
        add_gps(result, tiff, tiff.offset(entries[_GPS_IFD]))
    return result


def add_gps(result: CameraFields, tiff: TiffReader, offset: int) -> None:
    """Add the position in the GPS directory at `offset`, and the UTC time that it implies."""
    directory = tiff.directory(offset, _GPS_TAGS)
    if directory is not None:
        result |= _gps_position(tiff, directory.entries)
        gps_time = _gps_time(tiff, directory.entries)
        if gps_time is not None:
            fields.add_utc_from_gps(result, gps_time)


def _camera(tiff: TiffReader, entries: dict[int, Entry]) -> CameraFields:
    result: CameraFields = {}
    for tag, name in _TEXTS:
        if tag in entries:
            text = clean_text(tiff.text(entries[tag]) or "")
            if text is not None:
                result[name] = text
    for tag, name in _NUMBERS:
        if tag in entries:
            number = fields.positive_number(tiff.number(entries[tag]))
            if number is not None:
                result[name] = number
    iso = _iso(tiff, entries)
    if iso is not None:
        result["iso"] = iso
    if _ORIENTATION in entries:
        orientation = fields.orientation(tiff.number(entries[_ORIENTATION]))
        if orientation is not None:
            result["orientation"] = orientation
    return result


def _iso(tiff: TiffReader, entries: dict[int, Entry]) -> int | None:
    """Return the first valid sensitivity."""
    for tag in _SENSITIVITIES:
        if tag in entries:
            iso = fields.iso_sensitivity(tiff.number(entries[tag]))
            if iso is not None:
                return iso
    return None


def _capture_time(
    tiff: TiffReader, entries: dict[int, Entry], tags: tuple[int, int, int], source: str
) -> CameraFields:
    time, fraction, offset = tags
    if time not in entries:
        return {}
    return fields.capture_time(
        tiff.text(entries[time], 64) or "",
        source,
        fraction=(tiff.text(entries.get(fraction), 64) or "").strip(),
        offset=tiff.text(entries.get(offset), 64) or "",
    )


def _gps_position(tiff: TiffReader, gps: dict[int, Entry]) -> CameraFields:
    result: CameraFields = {}
    if 2 in gps and 4 in gps:
        position = fields.coordinates(_degrees(tiff, gps, 1, "NS"), _degrees(tiff, gps, 3, "EW"))
        if position is None:
            return result
        result["latitude"], result["longitude"] = position
    if 6 in gps:
        below = _below_sea_level(tiff, gps.get(5))
        meters = fields.altitude(tiff.number(gps[6]), below=below)
        if meters is not None:
            result["altitude"] = meters
    return result


def _below_sea_level(tiff: TiffReader, entry: Entry | None) -> bool | None:
    """Return what `fields.below_sea_level` says; some cameras write the digit as text."""
    number = tiff.integer(entry, -1)
    text = str(number) if 0 <= number < 0x30 else tiff.text(entry) or ""
    return fields.below_sea_level(text)


def _degrees(tiff: TiffReader, gps: dict[int, Entry], reference: int, letters: str) -> float:
    parts = tiff.numbers(gps[reference + 1])[:3]
    if not parts or math.isnan(parts[0]):
        return math.nan
    degrees = 0.0
    for part, divisor in zip(parts, _DIVISORS, strict=False):
        if not math.isnan(part):  # Minutes and seconds may be missing or 0/0.
            degrees += abs(part) / divisor  # `sum` rounds differently from Python 3.12 on.
    hemisphere = tiff.text(gps.get(reference)) or ""
    return fields.signed_degrees(
        degrees, letters=letters, hemispheres=(hemisphere,), negative=parts[0] < 0
    )


def _gps_time(tiff: TiffReader, gps: dict[int, Entry]) -> datetime | None:
    date = _GPS_DATE.match(tiff.text(gps.get(0x1D), 64) or "")
    clock = tiff.numbers(gps.get(7))[:3]
    if date is None or len(clock) != 3:
        return None
    hour, minute, second = clock
    if not (0 <= hour < 24 and 0 <= minute <= 60 and 0 <= second <= 60):
        return None
    try:
        midnight = datetime(int(date[1]), int(date[2]), int(date[3]))  # noqa: DTZ001 - subtracted from a local time
        return midnight + timedelta(hours=hour, minutes=minute, seconds=second)
    except (ValueError, OverflowError):
        return None
