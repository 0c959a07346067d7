"""WebP: RFC 9649."""

import struct

from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.window import Window

__all__ = ["read_webp"]

_MAX_REST = 512 * 1024
_MAX_CHUNKS = 100_000
_MAX_EXIF = 1024 * 1024
_MAX_PROFILE = 256 * 1024
_MAX_LENGTHS = {b"EXIF": _MAX_EXIF, b"XMP ": MAX_PACKET}
_ALPHA = 0x10
_ANIMATION = 0x02


def read_webp(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the chunks; the content of frames is skipped.

    The file length in the RIFF header only matters for the frame count of an animation, which is
    unknown if the chunks do not end there. In files that were streamed, the length is wrong.

    Raises:
        DamagedError: the file is truncated.
        TransientError: from the source.
    """
    header.bit_depth = 8
    (length,) = struct.unpack("<I", window.read_exact(4, 4))
    end = 8 + length
    offset, frames, animated, complete = 12, 0, False, False
    for _ in range(_MAX_CHUNKS):
        head = window.read(offset, 8)
        if len(head) < 8 or not head[:3].isalnum():
            break
        name, length = struct.unpack("<4sI", head)
        start = offset + 8
        if name == b"VP8X":
            animated = _parse_canvas(window.read_exact(start, 10), header)
        elif name in {b"VP8 ", b"VP8L"} and not header.has_size:
            _parse_bitstream(name, window.read(start, 10), header)
        elif name == b"ANMF":
            frames += offset < end
        else:
            _add_block(window, header, name, start, length)
        offset = start + length + (length & 1)
        if name in {b"VP8 ", b"VP8L"} and end - offset <= _MAX_REST:
            # The metadata after the pixels, in one request.
            window.read_if_cheap(offset, end - offset)
        # The padding of the last chunk may be missing.
        complete = complete or end <= offset <= end + 1
    else:
        header.partial_metadata = True
    if animated:
        header.frame_count = frames if frames and complete and end <= window.size else None
    else:
        header.frame_count = 1
    header.color_mode = "RGBA" if header.has_alpha else "RGB"


def _parse_canvas(data: bytes, header: ImageHeader) -> bool:
    """Fill in size and color mode; return whether the image is animated."""
    header.has_alpha = bool(data[0] & _ALPHA)
    header.color_mode = "RGBA" if header.has_alpha else "RGB"
    header.width = 1 + int.from_bytes(data[4:7], "little")
    header.height = 1 + int.from_bytes(data[7:10], "little")
    return bool(data[0] & _ANIMATION)


def _parse_bitstream(name: bytes, data: bytes, header: ImageHeader) -> None:
    if name == b"VP8 " and data[3:6] == b"\x9d\x01\x2a" and len(data) == 10:
        width, height = struct.unpack_from("<HH", data, 6)
        header.width, header.height = width & 0x3FFF, height & 0x3FFF
        header.has_alpha = False
    elif name == b"VP8L" and data[:1] == b"\x2f" and len(data) >= 5:
        bits = int.from_bytes(data[1:5], "little")
        header.width, header.height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        header.has_alpha = bool(bits >> 28 & 1)


def _add_block(window: Window, header: ImageHeader, name: bytes, start: int, length: int) -> None:
    if length > _MAX_LENGTHS.get(name, length):
        header.partial_metadata = True
    if name == b"EXIF":
        header.add_exif(window.read(start, min(length, _MAX_EXIF)))
    elif name == b"XMP " and not header.xmp:
        header.xmp = window.read(start, min(length, MAX_PACKET))
    elif name == b"ICCP" and not header.icc_profile:
        header.icc_profile = window.read(start, min(length, _MAX_PROFILE))
    elif name == b"ALPH":
        header.has_alpha = True
