"""PNG and GIF: the end marker, in the last bytes of the file."""

import struct

from imgmeta.core.objects import LAST_BLOCK
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["gif_is_complete", "png_is_complete"]

_IEND = b"\0\0\0\0IEND\xaeB`\x82"
_GIF_END = b"\0;"
_MAX_CHUNKS = 65_536


def png_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the file has an IEND chunk (ISO/IEC 15948, 11.2.5), maybe before a trailer.

    Without one in the last bytes, the chunks are followed from the start. In a bucket, those
    between the first and the last block are not read, but assumed to be as long as the one before.

    Returns:
        None if the last block cannot be read, or shows neither a chunk nor the end of the chunks,
        as in a long trailer; also if there are too many chunks.
    """
    tail = window.read_if_cheap(max(0, window.size - LAST_BLOCK), LAST_BLOCK)
    if tail is None:
        return None
    return True if _IEND in tail else _follow_chunks(window)


def _follow_chunks(window: Window) -> bool | None:
    offset, stride, is_sure = 8, 0, True
    for _ in range(_MAX_CHUNKS):
        if offset + 8 > window.size:
            return False
        head = window.read_if_cheap(offset, 8)
        if head is None and window.is_local:
            break
        if head is None:
            # Encoders write pixel chunks of equal length.
            offset, is_sure = _next_cached(window, offset, stride), False
            continue
        length, name = struct.unpack(">I4s", head)
        if name == b"IEND":
            return offset + len(_IEND) <= window.size
        if not (is_sure or name == b"IDAT"):
            return _search_pixels(window)
        is_sure = True
        stride = length + 12
        offset += stride
    return None


def _search_pixels(window: Window) -> bool | None:
    """Return False if the last chunk of pixels ends beyond the file, else None.

    For files whose chunks of pixels differ in length, such as animations.
    """
    start = window.last_block_start
    block = window.read(start, window.size - start)
    offset = start + max(block.rfind(name) for name in (b"IDAT", b"fdAT")) - 4
    if offset < start:
        return None
    (length,) = struct.unpack(">I", window.read(offset, 4))
    return False if offset + length + 12 > window.size else None


def _next_cached(window: Window, offset: int, stride: int) -> int:
    """Return the first offset, in steps of `stride` from `offset`, of a chunk in the last block."""
    start = window.last_block_start
    return offset + max(1, -((offset - start) // stride)) * stride


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
