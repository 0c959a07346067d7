import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import Bytes
from support.images.samples import bmp


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(Bytes(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("header", [12, 40, 52, 56, 64, 108, 124])
def test_every_bitmap_header_is_read(header: int) -> None:
    properties = read(bmp(header, width=200, height=100))

    assert (properties.width, properties.height) == (200, 100)
    assert (properties.color_mode, properties.bit_depth) == ("RGB", 8)


def test_a_negative_height_is_a_height() -> None:
    assert read(bmp(height=-30)).height == 30


@pytest.mark.parametrize(
    ("bits", "mode", "depth"), [(1, "P", 1), (8, "P", 8), (16, "RGB", 5), (32, "RGB", 8)]
)
def test_bits_are_those_of_a_channel(bits: int, mode: str, depth: int) -> None:
    properties = read(bmp(40, bits=bits))

    assert (properties.color_mode, properties.bit_depth) == (mode, depth)
    assert properties.has_alpha is False


def test_an_alpha_mask_is_alpha() -> None:
    properties = read(bmp(124, bits=32))

    assert (properties.color_mode, properties.has_alpha) == ("RGBA", True)


def test_half_a_header_is_unreadable() -> None:
    result = HeaderPropertyReader().read(Bytes(bmp(124)[:60]))

    assert result == Unreadable(reason="a BMP whose header is not whole (cut short after 60 bytes)")
