"""PNG and GIF: the end marker, in the last bytes of the file."""

import struct

from imgmeta.core.objects import LAST_BLOCK
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["gif_is_complete", "png_is_complete"]

_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_GIF_END = b"\0;"
_MAX_CHUNKS = 16_384


def png_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the file has an IEND chunk (ISO/IEC 15948, 11.2.5), maybe before a trailer.

    Without one in the last bytes, the chunks of a local file are followed from the start.
    """
    tail = window.read_if_cheap(max(0, window.size - LAST_BLOCK), LAST_BLOCK)
    if tail is None:
        return None
    return True if _IEND in tail else _follow_chunks(window)


def _follow_chunks(window: Window) -> bool:
    offset = 8
    for _ in range(_MAX_CHUNKS):
        head = window.read_if_cheap(offset, 8)
        if head is None:  # in a bucket: a trailer longer than the block from the end is rare
            return False
        if len(head) < 8:
            return False
        length, name = struct.unpack(">I4s", head)
        if name == b"IEND":
            return offset + len(_IEND) <= window.size
        offset += length + 12
    return False


def gif_is_complete(window: Window, header: ImageHeader) -> bool | None:
    """Return whether the file has a trailer (GIF89a, section 27), as the parser found it.

    The parser stops in a large file. Then the file must end with the trailer, after the terminator
    of a block, except for zeros.
    """
    if header.ended is not None:
        return header.ended
    if window.truncated:
        return False
    tail = window.read(max(0, window.size - LAST_BLOCK), min(LAST_BLOCK, window.size))
    return tail.rstrip(b"\0").endswith(_GIF_END)
