import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.samples import GIF_FRAME, GIF_TRANSPARENT, XMP, gif, icc


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


def test_size_is_that_of_the_logical_screen() -> None:
    properties = read(gif(GIF_FRAME, size=(320, 200)))

    assert (properties.width, properties.height, properties.color_mode) == (320, 200, "P")


@pytest.mark.parametrize("screen", [(0, 0), (0, 200), (320, 0)])
def test_size_is_that_of_the_first_frame_if_the_logical_screen_has_none(
    screen: tuple[int, int],
) -> None:
    larger = b"," + struct.pack("<HHHHB", 0, 0, 50, 60, 0) + GIF_FRAME[10:]

    properties = read(gif(GIF_TRANSPARENT, GIF_FRAME, larger, size=screen))

    assert (properties.width, properties.height) == (40, 30)
    assert (properties.display_width, properties.display_height) == (40, 30)
    assert properties.frame_count == 2


def test_file_without_a_logical_screen_and_frames_is_unreadable() -> None:
    result = HeaderPropertyReader().read(BytesSource(gif(size=(0, 0))))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a GIF without an image size")


def test_frames_are_counted() -> None:
    local_table = b"," + bytes(8) + b"\x81" + bytes(12) + b"\x02\x01\x00\x00"

    assert read(gif(GIF_FRAME, local_table, GIF_FRAME)).frame_count == 3


def test_transparent_color_in_any_frame_means_alpha() -> None:
    assert read(gif(GIF_FRAME)).has_alpha is False
    assert read(gif(GIF_FRAME, GIF_TRANSPARENT, GIF_FRAME)).has_alpha is True


def test_frame_count_of_a_truncated_file_is_unknown() -> None:
    properties = read(gif(GIF_FRAME, GIF_FRAME[:-3], end=b""))

    assert properties.width == 40
    assert properties.frame_count is None


@pytest.mark.parametrize("end", [bytes(1000), b"junk;", bytes(200_000) + b";"])
def test_frame_count_of_a_file_that_continues_with_other_bytes_is_unknown(end: bytes) -> None:
    assert read(gif(GIF_FRAME, end=end)).frame_count is None


def test_zeros_between_blocks_are_skipped() -> None:
    assert read(gif(GIF_FRAME, bytes(3), GIF_FRAME, bytes(1))).frame_count == 2


def test_frame_count_of_a_file_over_the_parsing_limit_is_unknown() -> None:
    block = b"\xff" + b"\x55" * 255
    frame = GIF_FRAME[:10] + b"\x08" + block * 40_000 + b"\0"
    source = SparseSource(10**9, {0: gif(frame, end=b"")})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.frame_count is None
    assert source.fetched < 6_000_000


def test_xmp_is_read() -> None:
    trailer = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    extension = b"!\xff\x0bXMP DataXMP" + XMP + trailer

    properties = read(gif(extension, GIF_FRAME))

    assert properties.camera_make == "Lightbox"
    assert properties.frame_count == 1


def test_other_extensions_are_skipped() -> None:
    extension = b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + b"!\xfe\x02hi\0"

    assert read(gif(extension, GIF_FRAME, GIF_FRAME)).frame_count == 2


def _in_sub_blocks(data: bytes, size: int = 255) -> bytes:
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


@pytest.mark.parametrize("size", [1, 100, 255])
def test_icc_profile_is_read_from_sub_blocks(size: int) -> None:
    profile = icc("A Profile " + "of a Scanner " * 12)
    extension = b"!\xff\x0bICCRGBG1012" + _in_sub_blocks(profile, size)

    properties = read(gif(extension, GIF_FRAME, GIF_FRAME))

    assert properties.icc_profile == ("A Profile " + "of a Scanner " * 12).strip()
    assert properties.frame_count == 2


def test_first_icc_profile_counts() -> None:
    extensions = [
        b"!\xff\x0bICCRGBG1012" + _in_sub_blocks(icc(name)) for name in ("First", "Second")
    ]

    assert read(gif(*extensions, GIF_FRAME)).icc_profile == "First"
