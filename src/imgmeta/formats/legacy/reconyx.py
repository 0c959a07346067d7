"""When a Reconyx trail camera took an image. Its first models write no date but in their note.

The maker's notes of the HyperFire (HC500, PC900), UltraFire, HyperFire 2, MicroFire and HyperFire
4K, as they are in ExifTool's table of Reconyx tags.
"""

import struct
from typing import NamedTuple

from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["MAX_NOTE", "read_reconyx"]

MAX_NOTE = 96
"""Bytes of a note that are needed: the date stands near its beginning."""

_SOURCE = "MakerNotes:DateTimeOriginal"


class _Layout(NamedTuple):
    """Where the date is, how its numbers are written, and at which of them year to second are."""

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
    """Return the time in a maker's note, of which `MAX_NOTE` bytes are enough; {}: it is not one.

    Args:
        note: the value of EXIF tag 0x927C.
        make: the camera's make, if EXIF says it.
    """
    layout = _layout(note, make)
    if layout is None:
        return {}
    # Some cameras write the numbers of the date, and nothing else, in big-endian order.
    for byte_order in "<>":
        form = struct.Struct(byte_order + layout.numbers)
        if len(note) >= layout.offset + form.size:
            numbers = form.unpack_from(note, layout.offset)
            year, month, day, hour, minute, second = (numbers[place] for place in layout.order)
            text = f"{year:04}:{month:02}:{day:02} {hour:02}:{minute:02}:{second:02}"
            time = fields.taken(text, _SOURCE)
            if time:
                return time
    return {}


def _layout(note: bytes, make: object) -> _Layout | None:
    if note[:2] == b"\x01\xf1":
        known = note[2:4] in {b"\2\0", b"\3\0"} or make == "RECONYX"
        return _HYPERFIRE if known else None
    return next((layout for name, layout in _LAYOUTS.items() if note.startswith(name)), None)
