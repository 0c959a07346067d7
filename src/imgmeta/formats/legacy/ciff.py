"""What Canon's CIFF block says: its cameras wrote it into a JPEG's APP0 segment before EXIF.

CIFF specification 1.0 revision 4 (Canon, 1997); tag numbers as in ExifTool's CanonRaw table. The
block is a heap of records; a heap's last four bytes say where its directory is, and a record can
be a heap in turn.
"""

import struct
from collections.abc import Iterator

from imgmeta.core.text import clean_text
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.fields import CameraFields

__all__ = ["read_ciff"]

_SIGNATURE = b"HEAPJPGM"
_MAKE_AND_MODEL, _TIME_STAMP, _FOCAL_LENGTH, _CAMERA_SETTINGS = 0x080A, 0x180E, 0x1029, 0x102D
_WANTED = frozenset({_MAKE_AND_MODEL, _TIME_STAMP, _FOCAL_LENGTH, _CAMERA_SETTINGS})
_RESERVED, _IN_DIRECTORY, _TAG, _TYPE = 0x8000, 0x4000, 0x3FFF, 0x3800
_HEAP_TYPES = frozenset({0x2800, 0x3000})
_MAX_HEAPS = 64
_MAX_RECORDS = 512
_MAX_VALUE = 512
_UNITS_OFFSET = 50


def read_ciff(block: bytes) -> CameraFields:
    """Return what a block says of the camera and the time, in names of `ImageProperties`."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or block[6:14] != _SIGNATURE:
        return {}
    (start,) = struct.unpack_from(order + "I", block, 2)
    values: dict[int, bytes] = {}
    for tag, value in _records(block[start:], order):
        values.setdefault(tag, value)
    result: CameraFields = {}
    texts = values.get(_MAKE_AND_MODEL, b"").split(b"\0")
    for field, raw in zip(("camera_make", "camera_model"), texts, strict=False):
        text = clean_text(raw.decode("latin-1"))
        if text is not None:
            result[field] = text
    seconds = values.get(_TIME_STAMP, b"")
    if len(seconds) >= 4:
        (count,) = struct.unpack_from(order + "I", seconds)
        result |= fields.taken_after_1970(count, "CIFF:TimeStamp")
    focal_length = _focal_length(values, order)
    if focal_length is not None:
        result["focal_length"] = focal_length
    return result


def _records(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the wanted records of a heap and of those in it, each heap once; lies are left out."""
    heaps = [(0, len(data))]
    for start, end in heaps:
        for kind, size, offset, inline in _directory(data, order, start, end):
            place = start + offset
            if kind & _IN_DIRECTORY:
                value = inline
            elif place + size > end:
                continue
            elif kind & _TYPE in _HEAP_TYPES:
                if (place, place + size) not in heaps and len(heaps) < _MAX_HEAPS:
                    heaps.append((place, place + size))
                continue
            else:
                value = data[place : place + min(size, _MAX_VALUE)]
            if kind & _TAG in _WANTED:
                yield kind & _TAG, value


def _directory(
    data: bytes, order: str, start: int, end: int
) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield type, size, offset of each record, and the eight bytes that may be its value."""
    if end - start < 6:
        return
    place = start + struct.unpack_from(order + "I", data, end - 4)[0]
    if place + 2 > end:
        return
    (count,) = struct.unpack_from(order + "H", data, place)
    table = data[place + 2 : min(place + 2 + 10 * min(count, _MAX_RECORDS), end)]
    for at in range(0, len(table) - 9, 10):
        kind, size, offset = struct.unpack_from(order + "HII", table, at)
        if kind & _RESERVED:
            return
        yield kind, size, offset, table[at + 2 : at + 10]


def _focal_length(values: dict[int, bytes], order: str) -> float | None:
    """Return millimetres: the second number of its record, in units that the settings may give."""
    lengths, settings = values.get(_FOCAL_LENGTH, b""), values.get(_CAMERA_SETTINGS, b"")
    if len(lengths) < 4:
        return None
    units = 1
    if len(settings) >= _UNITS_OFFSET + 2:
        (units,) = struct.unpack_from(order + "H", settings, _UNITS_OFFSET)
    return fields.exposure(struct.unpack_from(order + "H", lengths, 2)[0] / (units or 1))
