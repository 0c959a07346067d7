"""HEIF, AVIF and other files of boxes: the boxes' lengths and the extents of the items.

ISO/IEC 14496-12, sections 4.2 and 8.11.3.
"""

from imgmeta.formats.boxes import Box, box_header
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.item_locations import extents_in_file
from imgmeta.formats.window import Window

__all__ = ["boxes_are_complete"]

_DATA = frozenset({b"mdat", b"jxlc", b"jxlp"})
_BOXES = _DATA | {
    *(b"ftyp", b"styp", b"pdin", b"meta", b"moov", b"moof", b"mfra", b"sidx", b"idat", b"uuid"),
    *(b"free", b"skip", b"wide", b"udta", b"xml ", b"mpvd", b"sefd", b"JXL ", b"jxll", b"jxli"),
    *(b"jbrd", b"jumb", b"brob", b"Exif"),
}
"""Boxes at the top of a file. Another type, with a length beyond the end, is that of a trailer."""

_MAX_BOXES = 256
_MAX_META = 1024 * 1024
_VERSION_LENGTH = 4


def boxes_are_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the boxes and the items' extents lie within the file.

    The boxes are followed to the end of the file, as far as their headers can be read cheaply.
    """
    offset, kind, meta, has_data = 0, b"", None, False
    for _ in range(_MAX_BOXES):
        if offset > window.size:
            if kind in _BOXES:
                return False
            break
        if offset == window.size and has_data:
            return True
        head = window.read_if_cheap(offset, 16) or b""
        kind, size, length = box_header(head, 0)
        if len(head) < size or length < size:
            # A box that extends to the end of the file, a trailer, or an unread header.
            break
        if kind == b"meta" and meta is None:
            meta = offset + size, length - size
        has_data = has_data or kind in _DATA
        offset += length
    complete = _extents_are_complete(window, meta) if meta else None
    return True if complete is None and has_data else complete


def _extents_are_complete(window: Window, meta: tuple[int, int]) -> bool | None:
    items = Box(b"meta", window.read(meta[0], min(meta[1], _MAX_META))[_VERSION_LENGTH:])
    locations = items.child(b"iloc")
    ends = (sum(extent) for extent in extents_in_file(locations.data)) if locations else ()
    end = max(ends, default=0)
    return end <= window.size if end else None
