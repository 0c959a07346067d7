"""WebP and BMP: lengths in the header."""

import struct

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.completeness.lengths import bmp_is_complete, raf_is_complete
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.window import Window
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import VP8, webp


def is_complete(data: bytes) -> bool | None:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result.complete


def test_webp_is_complete_if_it_has_its_riff_length() -> None:
    data = webp(VP8)

    assert is_complete(data) is True
    assert is_complete(data + b"trailer") is True
    assert is_complete(data[:-1]) is False


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF], ids=["zero", "largest"])
def test_streamed_webp_without_a_length_is_unknown(length: int) -> None:
    data = webp(VP8)

    assert is_complete(data[:4] + struct.pack("<I", length) + data[8:]) is None


def test_raf_is_complete_with_all_its_parts() -> None:
    head = b"FUJIFILMCCD-RAW ".ljust(84, b"\0")
    data = (head + struct.pack(">6I", 148, 50, 200, 20, 300, 100)).ljust(400, b"\0")
    unused = ImageHeader("RAF", "image/x-fuji-raf")

    assert raf_is_complete(Window(BytesSource(data)), unused) is True
    assert raf_is_complete(Window(BytesSource(data[:-1])), unused) is False
    for end in range(84, 108):
        assert raf_is_complete(Window(BytesSource(data[:end])), unused) is False


def dib(  # noqa: PLR0913 - the fields of a bitmap header
    size: int = 40,
    *,
    width: int = 33,
    height: int = 5,
    bits: int = 24,
    compression: int = 0,
    length: int = 0,
    colors: int = 0,
) -> bytes:
    """Return a bitmap header of this size."""
    if size == 12:
        return struct.pack("<IHHHH", size, width, height, 1, bits)
    fields = (size, width, height, 1, bits, compression, length, 0, 0, colors, 0)
    return struct.pack("<IiiHHIIiiII", *fields)[:size].ljust(size, b"\0")


def bmp(header: bytes, body: bytes) -> bytes:
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, 14 + len(header)) + header + body


@pytest.mark.parametrize(
    ("header", "length"),
    [
        (dib(), 100 * 5),
        (dib(height=-5), 100 * 5),
        (dib(12), 100 * 5),
        (dib(16), 100 * 5),
        (dib(bits=1), 8 * 5),
        (dib(108, bits=32, compression=3), 132 * 5),
        (dib(bits=8, compression=1, length=70), 70),
    ],
    ids=["rows", "from the top", "12 bytes", "16 bytes", "1 bit", "masks", "compressed"],
)
def test_bitmap_is_complete_with_all_its_rows(header: bytes, length: int) -> None:
    data = bmp(header, bytes(length))

    assert is_complete(data) is True
    assert is_complete(data + b"trailer") is True
    assert is_complete(data[:-1]) is False


def test_compressed_bitmap_without_a_length_is_unknown() -> None:
    assert is_complete(bmp(dib(bits=8, compression=1), b"")) is None


def test_color_profile_after_the_rows_belongs_to_the_bitmap() -> None:
    header = bytearray(dib(124))
    header[56:60] = b"DEBM"
    struct.pack_into("<II", header, 112, 124 + 500, 10)
    data = bmp(bytes(header), bytes(510))

    assert is_complete(data) is True
    assert is_complete(data[:-1]) is False


@pytest.mark.parametrize(
    ("header", "tables"),
    [
        (dib(bits=8), 1024),
        (dib(bits=8, colors=3), 12),
        (dib(12, bits=1), 6),
        (dib(bits=32, compression=3), 12),
        (dib(bits=32, compression=6), 16),
        (dib(108, bits=32, compression=3), 0),
    ],
)
def test_rows_of_a_bitmap_without_a_file_header_follow_its_colors(
    header: bytes, tables: int
) -> None:
    bits = struct.unpack_from("<H", header, 10 if header[0] == 12 else 14)[0]
    data = header + bytes(tables + (33 * bits + 31) // 32 * 4 * 5)
    unused = ImageHeader("BMP", "image/bmp")

    assert bmp_is_complete(Window(BytesSource(data)), unused) is True
    assert bmp_is_complete(Window(BytesSource(data[:-1])), unused) is False
