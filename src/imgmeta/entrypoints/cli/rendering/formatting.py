"""Text forms of values."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.text import file_size
from imgmeta.core.uris import is_legible, legible_name, uri_of

if TYPE_CHECKING:
    from datetime import timedelta

    from imgmeta.core.objects import ObjectLocation
    from imgmeta.core.properties import ImageProperties
    from imgmeta.core.summaries import Summarized

__all__ = ["decimal", "display_name", "distance", "duration", "file_size", "pixels", "taken_at"]

_KILO = 1000
_ROOT = "" if os.name == "nt" else "/"
"""What precedes a key in an absolute path: on Windows, a key begins with the drive."""


def display_name(location: ObjectLocation, working_directory: str = "") -> str:
    """Return the name of an object in S3, or the path of a file, relative where possible.

    Every command accepts it as a target. It is percent-encoded only if people could not read it, or
    a command would understand it differently: see `core.uris.legible_name`.

    Args:
        location: the object.
        working_directory: the prefix of the keys in the working directory, ending in a slash.
    """
    if location.bucket != LOCAL_BUCKET:
        return legible_name(location)
    path = f"{_ROOT}{location.key}"
    if working_directory and location.key.startswith(working_directory):
        path = location.key.removeprefix(working_directory)
        if not path or path.startswith("-"):  # an empty argument, or an option
            path = f"./{path}"
    return path if is_legible(path) and "//" not in path else uri_of(location)


def decimal(value: float) -> str:
    """Return a number to six decimals, without trailing zeros: `2.8`, `50`."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def distance(kilometers: float) -> str:
    """Return a distance: `350 m`, `4.2 km`, `1,235 km`."""
    if kilometers < 0.9995:  # noqa: PLR2004 - that is rounded to 1.0 km
        return f"{kilometers * _KILO:.0f} m"
    return f"{kilometers:.1f} km" if kilometers < _KILO / 10 else f"{kilometers:,.0f} km"


def duration(time: timedelta) -> str:
    """Return a duration: `0.4 s`, `3 min 20 s`, `2 h 1 min`."""
    total = time.total_seconds()
    if total < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{total:.1f} s"
    minutes, rest = divmod(round(total), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def pixels(properties: ImageProperties | Summarized) -> str:
    """Return the size of the upright image in pixels, or an empty string."""
    if properties.display_width is None or properties.display_height is None:
        return ""
    return f"{properties.display_width}×{properties.display_height}"  # noqa: RUF001 - the multiplication sign is intended


def taken_at(record: Summarized) -> str:
    """Return the camera's local time, to the minute, or an empty string."""
    return record.taken_at.isoformat(" ", "minutes") if record.taken_at else ""
