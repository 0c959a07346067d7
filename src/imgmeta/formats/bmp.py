"""BMP: the bitmap headers of OS/2 (12, 16 and 64 bytes) and Windows (40, 52, 56, 108, 124).

A device-independent bitmap (DIB), as on the clipboard, begins with the bitmap header; a BMP file
has a file header of 14 bytes before it.
"""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["read_bare_bitmap", "read_bmp"]

_CORE, _VERSION_5 = 12, 124
_FILE_HEADER = 14
_WITH_ALPHA_MASK = frozenset({56, 108, 124})
_BITFIELDS = frozenset({3, 6})
_CHANNEL_BITS = {1: 1, 2: 2, 4: 4, 8: 8, 16: 5, 24: 8, 32: 8}
_MAX_INDEXED = 8
_MAX_PROFILE = 256 * 1024
# "MBED" as a number; some programs write it as text.
_EMBEDDED_PROFILE = frozenset({b"DEBM", b"MBED"})


def read_bmp(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the bitmap header, which follows the file header.

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
