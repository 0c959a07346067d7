"""Canon's CIFF block, which early Canon cameras wrote into a JPEG's APP0 segment.

CIFF specification 1.0 revision 4 (Canon, 1997); tag numbers as in ExifTool's CanonRaw table. The
block is a heap of records. A heap's last four bytes are its directory's offset, and a record can
itself be a heap.
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
    """Return camera, focal length and time from a CIFF block; empty if it is not one."""
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
    time_stamp = values.get(_TIME_STAMP, b"")
    if len(time_stamp) >= 4:
        (seconds,) = struct.unpack_from(order + "I", time_stamp)
        result |= fields.capture_time_from_seconds(seconds, "CIFF:TimeStamp")
    focal_length = _focal_length(values, order)
    if focal_length is not None:
        result["focal_length"] = focal_length
    return result


def _records(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and value of each wanted record in a heap and its nested heaps."""
    heaps = [(0, len(data))]
    for start, end in heaps:
        for kind, size, offset, inline in _directory(data, order, start, end):
            position = start + offset
            if kind & _IN_DIRECTORY:
                value = inline
            elif position + size > end:
                continue
            elif kind & _TYPE in _HEAP_TYPES:
                if (position, position + size) not in heaps and len(heaps) < _MAX_HEAPS:
                    heaps.append((position, position + size))
                continue
            else:
                value = data[position : position + min(size, _MAX_VALUE)]
            if kind & _TAG in _WANTED:
                yield kind & _TAG, value


def _directory(
    data: bytes, order: str, start: int, end: int
) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield type, size and offset of each record, and the eight bytes of an inline value."""
    if end - start < 6:
        return
    position = start + struct.unpack_from(order + "I", data, end - 4)[0]
    if position + 2 > end:
        return
    (count,) = struct.unpack_from(order + "H", data, position)
    table = data[position + 2 : min(position + 2 + 10 * min(count, _MAX_RECORDS), end)]
    for row in range(0, len(table) - 9, 10):
        kind, size, offset = struct.unpack_from(order + "HII", table, row)
        if kind & _RESERVED:
            return
        yield kind, size, offset, table[row + 2 : row + 10]


def _focal_length(values: dict[int, bytes], order: str) -> float | None:
    """Return millimeters: the record's second number, divided by the settings' units per mm."""
    lengths, settings = values.get(_FOCAL_LENGTH, b""), values.get(_CAMERA_SETTINGS, b"")
    if len(lengths) < 4:
        return None
    units = 1
    if len(settings) >= _UNITS_OFFSET + 2:
        (units,) = struct.unpack_from(order + "H", settings, _UNITS_OFFSET)
    return fields.positive_number(struct.unpack_from(order + "H", lengths, 2)[0] / (units or 1))
