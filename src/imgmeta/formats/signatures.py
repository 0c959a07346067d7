"""Identification of a file's format by its first bytes; the sources are those of the parsers."""

import struct
from collections.abc import Callable

__all__ = [
    "HEVC_BRANDS",
    "brands_of",
    "is_avif",
    "is_bare_bitmap",
    "is_bmp",
    "is_cr2",
    "is_cr3",
    "is_heic",
    "is_iiq",
    "is_webp",
    "starts_with",
]

_AV1_BRANDS = frozenset({b"avif", b"avis"})
HEVC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
"""The brands of files whose images are coded in HEVC."""

# Image files of any codec.
_STRUCTURAL_BRANDS = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})

_PHASE_ONE_NOTE = 8
_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
"""The possible lengths of a bitmap header in bytes."""

_CORE = 12
_MAX_INDEXED = 8
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


def starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    """Return a function that returns whether a file begins with one of these signatures."""
    return lambda start: start.startswith(signatures)


def is_webp(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a WebP."""
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def is_bmp(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a bitmap after a file header."""
    return start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in _HEADER_SIZES


def is_cr3(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a CR3."""
    return start[4:12] == b"ftypcrx "


def is_cr2(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a CR2."""
    return start.startswith((b"II*\0", b"MM\0*")) and start[8:11] == b"CR\2"


def is_iiq(start: bytes) -> bool:
    """Return whether a file that begins with `start` has Phase One's data after its header."""
    note = start[_PHASE_ONE_NOTE : _PHASE_ONE_NOTE + 8]
    return (start.startswith(b"II*\0") and note[:4] == b"IIII" and note[5:] == b"waR") or (
        start.startswith(b"MM\0*") and note[:7] == b"MMMMRaw"
    )


def is_heic(start: bytes) -> bool:
    """Return whether a file that begins with `start` has an HEVC brand, or no codec's brand."""
    major, brands = _file_type(start)
    if major in HEVC_BRANDS or (major not in _AV1_BRANDS and brands & HEVC_BRANDS):
        return True
    return bool(brands & _STRUCTURAL_BRANDS) and brands.isdisjoint(_AV1_BRANDS)


def is_avif(start: bytes) -> bool:
    """Return whether a file that begins with `start` has an AV1 brand."""
    return not _AV1_BRANDS.isdisjoint(_file_type(start)[1])


def _file_type(start: bytes) -> tuple[bytes, frozenset[bytes]]:
    """Return the major brand and all brands of a file, if it begins with a file type box."""
    if start[4:8] != b"ftyp":
        return b"", frozenset()
    return start[8:12], brands_of(start[8 : min(len(start), int.from_bytes(start[:4], "big"))])


def brands_of(ftyp: bytes) -> frozenset[bytes]:
    """Return the brands in the body of a file type box, including the major brand."""
    return frozenset({ftyp[:4], *(ftyp[i : i + 4] for i in range(8, len(ftyp), 4))})


def is_bare_bitmap(start: bytes) -> bool:
    """Return whether a file that begins with `start` is a bitmap without a file header.

    Such a file has no signature, so all values of the header must be plausible.
    """
    size = int.from_bytes(start[:4], "little")
    if size not in _HEADER_SIZES or size == 16 or len(start) < 16:
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
