"""BMP: the bitmap headers of OS/2 (12, 16 and 64 bytes) and Windows (40, 52, 56, 108, 124)."""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["HEADER_SIZES", "read_bmp"]

HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""The possible lengths of a bitmap header in bytes."""

_CORE = 12
_WITH_ALPHA_MASK = frozenset({56, 108, 124})
_BITFIELDS = frozenset({3, 6})
_CHANNEL_BITS = {1: 1, 2: 2, 4: 4, 8: 8, 16: 5, 24: 8, 32: 8}
_MAX_INDEXED = 8


def read_bmp(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the bitmap header, whose length is one of `HEADER_SIZES`.

    Raises:
        DamagedError: the bitmap header is incomplete.
        TransientError: from the source.
    """
    size = int.from_bytes(window.read_exact(14, 4), "little")
    data = window.read_exact(14, size)
    compression = 0
    if size == _CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 4)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 4)
        if size > 16:
            (compression,) = struct.unpack_from("<I", data, 16)
    # A negative height means that the rows are stored from top to bottom.
    header.width, header.height = width, abs(height)
    header.frame_count = 1
    header.bit_depth = _CHANNEL_BITS.get(bits)
    header.has_alpha = (
        size in _WITH_ALPHA_MASK
        and bits > _MAX_INDEXED
        and compression in _BITFIELDS
        and any(data[52:56])
    )
    if header.bit_depth is not None:
        header.color_mode = "RGBA" if header.has_alpha else "RGB" if bits > _MAX_INDEXED else "P"
