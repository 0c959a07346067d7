"""BMP: the bitmap headers of OS/2 (12, 16 and 64 bytes) and Windows (40, 52, 56, 108, 124).

A device-independent bitmap (DIB), as on the clipboard, begins with the bitmap header; a BMP file
has a file header of 14 bytes before it.
"""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["HEADER_SIZES", "is_bare_bitmap", "read_bare_bitmap", "read_bmp"]

HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""The possible lengths of a bitmap header in bytes."""

_CORE, _VERSION_5 = 12, 124
_FILE_HEADER = 14
_WITH_ALPHA_MASK = frozenset({56, 108, 124})
_BITFIELDS = frozenset({3, 6})
_CHANNEL_BITS = {1: 1, 2: 2, 4: 4, 8: 8, 16: 5, 24: 8, 32: 8}
_MAX_INDEXED = 8
_MAX_PROFILE = 256 * 1024
# "MBED" as a number; some programs write it as text.
_EMBEDDED_PROFILE = frozenset({b"DEBM", b"MBED"})
# The possible numbers of bits per pixel by compression method. The number is 0 if the pixels are a
# JPEG (4) or PNG file (5). In OS/2, 3 and 4 also mean other methods, with 1 and 24 bits.
_BARE_BITS = {
    0: (1, 2, 4, 8, 16, 24, 32),
    1: (8,),
    2: (4,),
    3: (1, 16, 32),
    4: (0, 24),
    5: (0,),
    6: (16, 32),
}
_MAX_BARE_BYTES = 2**32
_MAX_COLORS = 65_536


def read_bmp(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the bitmap header, whose length is one of `HEADER_SIZES`.

    Raises:
        DamagedError: the bitmap header is incomplete.
        TransientError: from the source.
    """
    _read_bitmap(window, header, _FILE_HEADER)


def read_bare_bitmap(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from a bitmap header at the start of the file.

    Raises:
        DamagedError: the bitmap header is incomplete.
        TransientError: from the source.
    """
    _read_bitmap(window, header, 0)


def is_bare_bitmap(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a bitmap without a file header.

    Such a file has no signature, so all values of the header must be plausible.
    """
    size = int.from_bytes(start[:4], "little")
    if size not in HEADER_SIZES or size == 16 or len(start) < 16:
        return False
    start = start.ljust(40, b"\0")
    compression, colors = 0, 0
    if size == _CORE:
        width, height, planes, bits = struct.unpack_from("<HHHH", start, 4)
    else:
        width, height, planes, bits, compression = struct.unpack_from("<iiHHI", start, 4)
        (colors,) = struct.unpack_from("<I", start, 32)
    return (
        planes == 1
        and width > 0
        and height != 0
        and bits in _BARE_BITS.get(compression, ())
        and width * abs(height) * bits // 8 < _MAX_BARE_BYTES
        and colors <= (1 << bits if bits <= _MAX_INDEXED else _MAX_COLORS)
    )


def _read_bitmap(window: Window, header: ImageHeader, start: int) -> None:
    size = int.from_bytes(window.read_exact(start, 4), "little")
    data = window.read_exact(start, size)
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
    if size == _VERSION_5 and data[56:60] in _EMBEDDED_PROFILE:
        offset, length = struct.unpack_from("<II", data, 112)
        header.icc_profile = window.read(start + offset, min(length, _MAX_PROFILE))
