"""Boxes of ISO/IEC 14496-12, section 4.2, in a file or in memory."""

from collections.abc import Iterator
from typing import NamedTuple

from imgmeta.formats.window import Window

__all__ = ["Box", "child_boxes", "exif_block", "parse_boxes", "top_level_boxes"]

_MAX_TOP_LEVEL = 256
_MAX_BOXES = 65_536


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


def parse_boxes(data: bytes, start: int = 0) -> Iterator[Box]:
    """Yield the boxes in `data` from `start`; a truncated box has the available bytes."""
    end = len(data)
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        length, head = int.from_bytes(data[start : start + 4], "big"), 8
        if length == 1:
            length, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif length == 0:
            length = end - start
        if length < head:
            return
        yield Box(data[start + 4 : start + 8], data[start + head : start + length])
        start += length


def child_boxes(data: bytes, kind: bytes, start: int = 0) -> Iterator[Box]:
    """Yield the boxes of one type in `data`."""
    return (box for box in parse_boxes(data, start) if box.kind == kind)


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
        length, size = int.from_bytes(head[:4], "big"), 8
        if length == 1:
            length, size = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = window.size - offset
        if length < size:
            return
        yield head[4:8], offset + size, length - size
        offset += length
    window.limited = window.limited or offset < window.size


def exif_block(content: bytes) -> bytes:
    """Return the EXIF block in an Exif item or box: the TIFF header's offset is before it.

    Some files lack the offset. ISO/IEC 23008-12, A.2.1; ISO/IEC 18181-2, 9.4.
    """
    skip = 4 + int.from_bytes(content[:4], "big")
    if content[skip : skip + 2] in {b"II", b"MM"}:
        return content[skip:]
    return content[4:] if content[4:8] == b"Exif" else content
