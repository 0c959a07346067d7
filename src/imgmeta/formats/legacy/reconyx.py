"""Capture time from the maker note of a Reconyx trail camera, for models without an EXIF date.

The maker notes of the HyperFire (HC500, PC900), UltraFire, HyperFire 2, MicroFire and HyperFire
4K, as in ExifTool's table of Reconyx tags.
"""

import struct
from typing import NamedTuple

from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["MAX_NOTE", "read_reconyx"]

MAX_NOTE = 96
"""The number of bytes from the start of a note that contain the date."""

_SOURCE = "MakerNotes:DateTimeOriginal"


class _Layout(NamedTuple):
    """The offset of a date, the `struct` format of its numbers, and the order of year to second."""

    offset: int
    numbers: str
    order: tuple[int, ...]


_MONTH_FIRST = (5, 3, 4, 2, 1, 0)
_DAY_FIRST = (5, 4, 3, 2, 1, 0)
_HYPERFIRE = _Layout(22, "6H", _MONTH_FIRST)
_LAYOUTS = {
    b"RECONYXUF\0": _Layout(59, "5BH", _DAY_FIRST),
    b"RECONYXH2\0": _Layout(62, "6H", _DAY_FIRST),
    b"RECONYXMF\0": _Layout(78, "6H", _MONTH_FIRST),
    b"RECONYXHF4K\0": _Layout(47, "5BH", _DAY_FIRST),
}


def read_reconyx(note: bytes, make: object = None) -> CameraFields:
    """Return the capture time from a maker note; empty if it is not Reconyx's.

    Args:
        note: the first `MAX_NOTE` bytes of EXIF tag 0x927C.
        make: the camera make in EXIF, if any.
    """
    layout = _layout(note, make)
    if layout is None:
        return {}
    # Some cameras write only the date's numbers in big-endian order.
    for byte_order in "<>":
        numbers_format = struct.Struct(byte_order + layout.numbers)
        if len(note) >= layout.offset + numbers_format.size:
            numbers = numbers_format.unpack_from(note, layout.offset)
            year, month, day, hour, minute, second = (numbers[index] for index in layout.order)
            text = f"{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}"
            time = fields.capture_time(text, _SOURCE)
            if "taken_at" in time:
                return time
    return {}


def _layout(note: bytes, make: object) -> _Layout | None:
    if note[:2] == b"\x01\xf1":
        known = note[2:4] in {b"\2\0", b"\3\0"} or make == "RECONYX"
        return _HYPERFIRE if known else None
    return next((layout for name, layout in _LAYOUTS.items() if note.startswith(name)), None)
