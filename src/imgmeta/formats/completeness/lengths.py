"""WebP, BMP and RAF: lengths in the header, compared with the length of the file."""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window

__all__ = ["bmp_is_complete", "raf_is_complete", "webp_is_complete"]

_UNKNOWN_LENGTHS = frozenset({0, 0xFFFFFFFF})
_CORE = 12
_HEADER_WITHOUT_MASKS = 40
_BITFIELDS, _ALPHA_BITFIELDS = 3, 6
_UNCOMPRESSED = frozenset({0, _BITFIELDS, _ALPHA_BITFIELDS})
_MAX_INDEXED = 8
_EMBEDDED_PROFILE = b"DEBM"


def webp_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the file is as long as its RIFF header says (RFC 9649, section 2.4).

    A streamed file has no length there.
    """
    length = int.from_bytes(window.read(4, 4), "little")
    return None if length in _UNKNOWN_LENGTHS else 8 + length <= window.size


def raf_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the file has its JPEG, its directory and its sensor data.

    Their offsets and lengths are in the file header, as ExifTool's documentation describes it.
    """
    pairs = window.read(84, 24)
    if len(pairs) < 24:
        return False
    return all(start + length <= window.size for start, length in struct.iter_unpack(">II", pairs))


def bmp_is_complete(window: Window, _header: ImageHeader) -> bool | None:
    """Return whether the file has all rows of pixels, and the color profile after them.

    The length of compressed pixels is in the bitmap header. The file length before that is not
    used, because many programs write a wrong one. A device-independent bitmap begins with the
    bitmap header.
    """
    base = 14 if window.read(0, 2) == b"BM" else 0
    size = int.from_bytes(window.read(base, 4), "little")
    data = window.read(base, size).ljust(_HEADER_WITHOUT_MASKS, b"\0")
    if size == _CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 4)
        compression = length = colors = 0
    else:
        width, height, _, bits, compression, length, colors = struct.unpack_from(
            "<iiHHII8xI", data, 4
        )
    if compression in _UNCOMPRESSED:
        length = (width * bits + 31) // 32 * 4 * abs(height)
    if not length:
        return None
    if base:
        start = int.from_bytes(window.read(10, 4), "little")
    else:
        colors = colors or (1 << bits if bits <= _MAX_INDEXED else 0)
        masks = {_BITFIELDS: 12, _ALPHA_BITFIELDS: 16}.get(compression, 0)
        start = size + colors * (3 if size == _CORE else 4)
        start += masks if size == _HEADER_WITHOUT_MASKS else 0
    end = start + length
    if data[56:60] == _EMBEDDED_PROFILE and len(data) >= 120:  # BITMAPV5HEADER
        profile, profile_length = struct.unpack_from("<II", data, 112)
        end = max(end, base + profile + profile_length)
    return end <= window.size
