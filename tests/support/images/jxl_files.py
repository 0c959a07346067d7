"""Builders of JPEG XL files: the headers of a codestream, and containers."""

import struct

from support.images.samples import XMP, box, exif

JXL_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
ALPHA_CHANNEL = ((1, 1),)
"""The fields of an extra channel that is 8 bits of alpha."""

Bits = tuple[int, int]
"""A value and the number of bits to write it with."""


def pack(*fields: Bits) -> bytes:
    """Return bytes with these fields, the least significant bit first."""
    value = position = 0
    for field, bits in fields:
        value |= field << position
        position += bits
    return value.to_bytes((position + 7) // 8, "little")


def size_fields(width: int = 40, height: int = 30) -> tuple[Bits, ...]:
    """Return the fields of a size that is not in blocks and has no fixed ratio."""
    return ((0, 1), (1, 2), (height - 1, 13), (0, 3), (1, 2), (width - 1, 13))


def metadata_fields(
    *,
    extra: tuple[Bits, ...] = ((0, 1),),
    depth: tuple[Bits, ...] = ((0, 1), (0, 2)),
    channels: tuple[Bits, ...] = ((0, 2),),
    color: tuple[Bits, ...] = ((1, 1),),
) -> tuple[Bits, ...]:
    """Return the fields of image metadata that are not all default."""
    return ((0, 1), *extra, *depth, (1, 1), *channels, (1, 1), *color)


def codestream(*metadata: Bits, size: tuple[Bits, ...] = size_fields()) -> bytes:
    """Return a codestream with these fields; by default, the metadata is all default."""
    return b"\xff\x0a" + pack(*size, *(metadata or ((1, 1),))) + bytes(8)


def container(*boxes: bytes) -> bytes:
    """Return a container with these boxes after its file type."""
    return JXL_SIGNATURE + box(b"ftyp", b"jxl ", bytes(4), b"jxl ") + b"".join(boxes)


def exif_box(block: bytes) -> bytes:
    return box(b"Exif", bytes(4), block)


def part(number: int, data: bytes, *, last: bool = False) -> bytes:
    """Return a box with a part of the codestream."""
    return box(b"jxlp", struct.pack(">I", number | last << 31), data)


def jxl_files() -> dict[str, bytes]:
    """Return a codestream, and a container with metadata."""
    stream = codestream(*metadata_fields(channels=((1, 2), *ALPHA_CHANNEL)))
    return {
        "jxl": container(exif_box(exif()), box(b"jxlc", stream), box(b"xml ", XMP)),
        "jxl-codestream": codestream(),
        "jxl-parts": container(
            part(0, stream[:3]), box(b"brob", b"xml ", bytes(9)), part(1, stream[3:], last=True)
        ),
    }
