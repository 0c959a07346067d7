"""Boxes of ISO/IEC 14496-12, section 4.2, in a file or in memory."""

import struct
from collections.abc import Iterator
from itertools import starmap
from typing import NamedTuple

from imgmeta.formats.window import Window

__all__ = [
    "Box",
    "box_bodies",
    "box_header",
    "child_boxes",
    "exif_block",
    "parse_boxes",
    "top_level_boxes",
    "track_size",
]

_MAX_TOP_LEVEL = 256
_MAX_BOXES = 65_536
_HEADER = struct.Struct(">I4s")


class Box(NamedTuple):
    """A box in memory: its type and its body."""

    kind: bytes
    data: bytes

    def child(self, kind: bytes) -> "Box | None":
        """Return the first box of this type in the body."""
        return next(child_boxes(self.data, kind), None)

    def descendant(self, *kinds: bytes) -> "Box | None":
        """Return the box at this path of types, the first of each type."""
        box: Box | None = self
        for kind in kinds:
            box = box.child(kind) if box is not None else None
        return box


def box_header(head: bytes, rest: int) -> tuple[bytes, int, int]:
    """Return a box's type, the length of its header, and its length including the header.

    Args:
        head: the first 16 bytes of the box, or fewer at the end of the file.
        rest: the length of a box that extends to the end, from the start of the box.
    """
    length = int.from_bytes(head[:4], "big")
    if length == 1:
        return head[4:8], 16, int.from_bytes(head[8:16], "big")
    return head[4:8], 8, length or rest


def box_bodies(data: bytes, start: int = 0) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each box in `data` from `start`; the last one may be truncated."""
    end = len(data)
    size = _HEADER.size
    for _ in range(_MAX_BOXES):
        if start + _HEADER.size > end:
            return
        length, kind = _HEADER.unpack_from(data, start)
        if length < _HEADER.size:
            # A longer header, or a box that extends to the end.
            kind, size, length = box_header(data[start : start + 16], end - start)
            if length < size:
                return
        else:
            size = _HEADER.size
        yield kind, data[start + size : start + length]
        start += length


def parse_boxes(data: bytes, start: int = 0) -> Iterator[Box]:
    """Yield the boxes in `data` from `start`; a truncated box has the available bytes."""
    return starmap(Box, box_bodies(data, start))


def child_boxes(data: bytes, kind: bytes, start: int = 0) -> Iterator[Box]:
    """Yield the boxes of one type in `data`."""
    return (Box(kind, body) for found, body in box_bodies(data, start) if found == kind)


def top_level_boxes(window: Window) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, body offset and body length of each box at the top level of a file, at most 256.

    `window.limited` is set if there are more.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    offset = 0
    for _ in range(_MAX_TOP_LEVEL):
        head = window.read(offset, 16)
        if len(head) < 8:
            return
        kind, size, length = box_header(head, window.size - offset)
        if length < size:
            return
        yield kind, offset + size, length - size
        offset += length
    window.limited = window.limited or offset < window.size


def track_size(track: Box) -> tuple[int, int] | None:
    """Return width and height in the header of a track (`tkhd`), or None: section 8.3.2."""
    header = track.child(b"tkhd")
    if header is None or len(header.data) < 84:
        return None
    width, height = struct.unpack(">II", header.data[-8:])
    # Fixed-point numbers with 16 fractional bits.
    return width >> 16, height >> 16


def exif_block(content: bytes) -> bytes:
    """Return the EXIF block in an Exif item or box: the TIFF header's offset is before it.

    Some files lack the offset. ISO/IEC 23008-12, A.2.1; ISO/IEC 18181-2, 9.4.
    """
    skip = 4 + int.from_bytes(content[:4], "big")
    if content[skip : skip + 2] in {b"II", b"MM"}:
        return content[skip:]
    return content[4:] if content[4:8] == b"Exif" else content
