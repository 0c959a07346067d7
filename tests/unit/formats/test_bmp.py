import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import BytesSource
from support.images.samples import bmp


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
