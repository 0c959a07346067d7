"""BMP: the bitmap headers of OS/2 (12, 16 and 64 bytes) and Windows (40, 52, 56, 108, 124)."""

import struct

from imgmeta.formats.facts import Facts
from imgmeta.formats.window import Window

__all__ = ["HEADER_SIZES", "read_bmp"]

HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""The lengths that a bitmap header can have."""

_CORE = 12
_WITH_ALPHA_MASK = frozenset({56, 108, 124})
_BITFIELDS = frozenset({3, 6})
_CHANNEL_BITS = {1: 1, 2: 2, 4: 4, 8: 8, 16: 5, 24: 8, 32: 8}
_MAX_INDEXED = 8


def read_bmp(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the bitmap header, whose length is one of `HEADER_SIZES`.

    Raises:
        DamagedError: the header is not whole.
        TransientError: from the source.
    """
    size = int.from_bytes(window.exactly(14, 4), "little")
    header = window.exactly(14, size)
    compression = 0
    if size == _CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", header, 4)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", header, 4)
        if size > 16:
            (compression,) = struct.unpack_from("<I", header, 16)
    # A negative height means that the rows stand from the top down.
    facts.width, facts.height = width, abs(height)
    facts.frame_count = 1
    facts.bit_depth = _CHANNEL_BITS.get(bits)
    facts.has_alpha = (
        size in _WITH_ALPHA_MASK
        and bits > _MAX_INDEXED
        and compression in _BITFIELDS
        and any(header[52:56])
    )
    if facts.bit_depth is not None:
        facts.color_mode = "RGBA" if facts.has_alpha else "RGB" if bits > _MAX_INDEXED else "P"
