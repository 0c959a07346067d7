import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import bmp, dib, icc


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("header", [12, 40, 52, 56, 64, 108, 124])
def test_every_bitmap_header_version_is_read(header: int) -> None:
    properties = read(bmp(header, width=200, height=100))

    assert (properties.width, properties.height) == (200, 100)
    assert (properties.color_mode, properties.bit_depth) == ("RGB", 8)


def test_negative_height_is_read_as_positive() -> None:
    assert read(bmp(height=-30)).height == 30


@pytest.mark.parametrize(
    ("bits", "mode", "depth"), [(1, "P", 1), (8, "P", 8), (16, "RGB", 5), (32, "RGB", 8)]
)
def test_bit_depth_is_per_channel(bits: int, mode: str, depth: int) -> None:
    properties = read(bmp(40, bits=bits))

    assert (properties.color_mode, properties.bit_depth) == (mode, depth)
    assert properties.has_alpha is False


def test_alpha_mask_means_alpha() -> None:
    properties = read(bmp(124, bits=32))

    assert (properties.color_mode, properties.has_alpha) == ("RGBA", True)


def test_incomplete_header_is_unreadable() -> None:
    result = HeaderPropertyReader().read(BytesSource(bmp(124)[:60]))

    assert result == Unreadable(reason="a BMP with an incomplete header (cut short after 60 bytes)")


@pytest.mark.parametrize("header", [12, 40, 52, 56, 64, 108, 124])
def test_bitmap_without_a_file_header_is_read(header: int) -> None:
    properties = read(dib(header, width=200, height=100) + bytes(60_000))

    assert (properties.format, properties.mime_type) == ("BMP", "image/bmp")
    assert (properties.width, properties.height) == (200, 100)
    assert (properties.color_mode, properties.bit_depth) == ("RGB", 8)


@pytest.mark.parametrize("header", [40, 124])
def test_bitmap_without_a_file_header_may_be_stored_from_top_to_bottom(header: int) -> None:
    assert read(dib(header, height=-30)).height == 30


@pytest.mark.parametrize("bits", [1, 4, 8, 16, 24, 32])
def test_bitmap_without_a_file_header_may_have_any_number_of_bits(bits: int) -> None:
    assert read(dib(bits=bits)).width == 40


@pytest.mark.parametrize(
    ("bits", "compression"), [(8, 1), (4, 2), (16, 3), (32, 3), (0, 4), (0, 5), (24, 4)]
)
def test_bitmap_without_a_file_header_may_be_compressed(bits: int, compression: int) -> None:
    data = bytearray(dib(bits=bits) + bytes(100))
    struct.pack_into("<I", data, 16, compression)

    assert read(bytes(data)).width == 40


@pytest.mark.parametrize(
    ("offset", "value"),
    [
        (0, struct.pack("<I", 41)),
        (0, struct.pack("<I", 16)),
        (4, struct.pack("<i", 0)),
        (4, struct.pack("<i", -40)),
        (4, struct.pack("<ii", 2**30, 2**30)),
        (8, struct.pack("<i", 0)),
        (12, struct.pack("<H", 0)),
        (12, struct.pack("<H", 2)),
        (14, struct.pack("<H", 7)),
        (14, struct.pack("<HI", 24, 1)),
        (14, struct.pack("<HI", 24, 99)),
        (32, struct.pack("<I", 70_000)),
    ],
    ids=[
        *("size", "os2-size", "no-width", "mirrored", "huge", "no-height", "no-plane", "planes"),
        *("bits", "run-lengths", "compression", "colors"),
    ],
)
def test_file_that_is_only_similar_to_a_bitmap_is_none(offset: int, value: bytes) -> None:
    data = bytearray(dib() + bytes(100))
    data[offset : offset + len(value)] = value

    result = HeaderPropertyReader().read(BytesSource(bytes(data)))

    assert result == Unreadable(reason="not an image format that imgmeta reads")


def _with_profile(space: bytes, *, bare: bool = False) -> bytes:
    header = bytearray(dib(124))
    header[56:60] = space
    struct.pack_into("<II", header, 112, 124 + 3600, len(icc()))
    return (b"" if bare else bmp()[:14]) + bytes(header) + bytes(3600) + icc()


@pytest.mark.parametrize("bare", [False, True])
def test_embedded_icc_profile_is_read(bare: bool) -> None:  # noqa: FBT001 - a test parameter
    assert read(_with_profile(b"DEBM", bare=bare)).icc_profile == "A Profile"


def test_linked_icc_profile_is_not_read() -> None:
    assert read(_with_profile(b"KNIL")).icc_profile is None


def test_icc_profile_after_many_pixels_is_read_in_two_requests() -> None:
    header = bytearray(dib(124, width=1000, height=1000))
    header[56:60] = b"DEBM"
    struct.pack_into("<II", header, 112, 124 + 3_000_000, len(icc()))
    source = BytesSource(bmp()[:14] + bytes(header) + bytes(3_000_000) + icc())

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert result.icc_profile == "A Profile"
    assert len(source.ranges) == 2
