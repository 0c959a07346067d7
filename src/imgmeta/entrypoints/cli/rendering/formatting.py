"""How values are put into words for people."""

from datetime import timedelta

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import LOCAL_BUCKET

__all__ = ["display_name", "file_size", "number", "pixels", "seconds", "taken"]

_KILO = 1000
_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def display_name(location: ObjectLocation, working_folder: str = "") -> str:
    """Return what to call a place: a path, the shortest that can be given back; else its URI.

    Args:
        location: the place.
        working_folder: the prefix of the keys in the working folder, ending in a slash.
    """
    if location.bucket != LOCAL_BUCKET:
        return str(location)
    if working_folder and location.key.startswith(working_folder):
        return location.key.removeprefix(working_folder)
    return f"/{location.key}"


def file_size(size: int) -> str:
    """Return a number of bytes in decimal units, three digits of it: `4.21 MB`."""
    if size < _KILO:
        return f"{size} bytes"
    value, units = size / _KILO, iter(_UNITS)
    unit = next(units)
    for larger in units:
        if value < _KILO - 0.5:
            break
        value, unit = value / _KILO, larger
    return f"{value:.0f} {unit}" if value >= _KILO / 10 else f"{value:#.3g} {unit}"


def number(value: float) -> str:
    """Return a number without digits that say nothing: `2.8`, `50`."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def seconds(duration: timedelta) -> str:
    """Return a duration as people time things: `0.4 s`, `3 min 20 s`."""
    total = duration.total_seconds()
    if total < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{total:.1f} s"
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def pixels(record: ImageRecord) -> str:
    """Return the size of the image as it is shown, or nothing."""
    if record.display_width is None or record.display_height is None:
        return ""
    return f"{record.display_width}×{record.display_height}"  # noqa: RUF001 - the sign is meant


def taken(record: ImageRecord) -> str:
    """Return the wall-clock time that the camera wrote, to the minute, or nothing."""
    return f"{record.taken_at:%Y-%m-%d %H:%M}" if record.taken_at else ""
