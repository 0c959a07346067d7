"""WebP: RFC 9649."""

import struct

from imgmeta.formats.facts import Facts
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_webp"]

_MAX_CHUNKS = 100_000
_MAX_EXIF = 1024 * 1024
_MAX_PROFILE = 256 * 1024
_ALPHA = 0x10
_ANIMATION = 0x02


def read_webp(window: Window, facts: Facts) -> None:
    """Fill in `facts` from the chunks; frames are passed over by their length.

    The length that the file says it has is not relied on: who writes to a pipe does not know it.

    Raises:
        DamagedError: there is no size where it must be, or the file ends before its end.
        TransientError: from the source.
    """
    facts.bit_depth = 8
    offset, frames, animated = 12, 0, False
    for _ in range(_MAX_CHUNKS):
        head = window.read(offset, 8)
        if len(head) < 8 or not head[:3].isalnum():
            break
        name, length = struct.unpack("<4sI", head)
        start = offset + 8
        if name == b"VP8X":
            animated = _canvas(window.exactly(start, 10), facts)
        elif name in {b"VP8 ", b"VP8L"} and not facts.has_size:
            _bitstream(name, window.read(start, 10), facts)
        elif name == b"ANMF":
            frames += 1
        else:
            _metadata(window, facts, name, start, length)
        offset = start + length + (length & 1)
    facts.frame_count = (frames or None) if animated else 1
    facts.color_mode = "RGBA" if facts.has_alpha else "RGB"
    if not facts.has_size:
        msg = "without a size"
        raise DamagedError(msg)


def _canvas(data: bytes, facts: Facts) -> bool:
    facts.has_alpha = bool(data[0] & _ALPHA)
    facts.color_mode = "RGBA" if facts.has_alpha else "RGB"
    facts.width = 1 + int.from_bytes(data[4:7], "little")
    facts.height = 1 + int.from_bytes(data[7:10], "little")
    return bool(data[0] & _ANIMATION)


def _bitstream(name: bytes, data: bytes, facts: Facts) -> None:
    if name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a" and len(data) == 10:
        width, height = struct.unpack_from("<HH", data, 6)
        facts.width, facts.height = width & 0x3FFF, height & 0x3FFF
        facts.has_alpha = False
    elif name == b"VP8L" and data[:1] == b"\x2f" and len(data) >= 5:
        bits = int.from_bytes(data[1:5], "little")
        facts.width, facts.height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        facts.has_alpha = bool(bits >> 28 & 1)


def _metadata(window: Window, facts: Facts, name: bytes, start: int, length: int) -> None:
    if name == b"EXIF":
        facts.add_exif(window.read(start, min(length, _MAX_EXIF)))
    elif name == b"XMP " and not facts.xmp:
        facts.xmp = window.read(start, min(length, MAX_PACKET))
    elif name == b"ICCP" and not facts.icc_profile:
        facts.icc_profile = window.read(start, min(length, _MAX_PROFILE))
    elif name == b"ALPH":
        facts.has_alpha = True
