"""PNG and GIF: the chunk IEND and the trailer."""

import pytest

from imgmeta.core.objects import LAST_BLOCK
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import GIF_FRAME, chunk, exif, gif, png

LARGE_GIF = gif(GIF_FRAME[:10] + b"\x08" + (b"\xff" + b"\x55" * 255) * 20_000 + b"\0")
BOTH = pytest.mark.parametrize("is_local", [True, False], ids=["disk", "bucket"])


def is_complete(data: bytes, *, is_local: bool) -> bool | None:
    result = HeaderPropertyReader().read(BytesSource(data, is_local=is_local))
    assert isinstance(result, ImageProperties), result
    return result.complete


@BOTH
@pytest.mark.parametrize(
    "pixels", [[b"\x55" * 100], [b"\x55" * 8192] * 60, [b"\x55" * 900_000]], ids=len
)
def test_png_is_complete_with_its_last_chunk(
    pixels: list[bytes],
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    data = png(pixels=pixels, after=[chunk(b"eXIf", exif())])

    assert is_complete(data, is_local=is_local) is True
    assert is_complete(data + b"a short trailer", is_local=is_local) is True
    for missing in (1, 12, 100, len(data) // 2):
        assert is_complete(data[:-missing], is_local=is_local) is False


@pytest.mark.parametrize("pixels", [[b"\x55" * 8192] * 60, [b"\x55" * 65_536] * 9], ids=len)
def test_png_with_a_long_trailer_is_never_incomplete(pixels: list[bytes]) -> None:
    data = png(pixels=pixels)

    assert is_complete(data + bytes(30_000), is_local=True) is True
    assert is_complete(data + bytes(30_000), is_local=False) is True
    # The chunk at the end is before the last block that is read.
    assert is_complete(data + b"trailer" * 100_000, is_local=True) is True
    assert is_complete(data + b"trailer" * 100_000, is_local=False) is None


def test_long_trailer_after_one_large_pixel_chunk_is_skipped_only_locally() -> None:
    data = png(pixels=[b"\x55" * 900_000]) + b"trailer" * 100_000

    assert is_complete(data, is_local=True) is True
    # A second chunk of pixels may reach beyond the end.
    assert is_complete(data, is_local=False) is False


@BOTH
def test_png_that_ends_within_chunks_after_the_pixels_is_incomplete(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    after = [chunk(b"tEXt", b"Comment\0" + b"\x55" * 90_000)] * 2
    data = png(pixels=[b"\x55" * 8192] * 60, after=after)

    for missing in (13, 50_000, 91_000, 150_000, 185_000, 400_000):
        assert is_complete(data[:-missing], is_local=is_local) is False, missing


@BOTH
def test_animation_that_ends_within_its_frames_is_incomplete(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    frames = [
        part
        for length in (30_000, 65_531, 900, 65_531, 40_000) * 4
        for part in (chunk(b"fcTL", bytes(26)), chunk(b"fdAT", b"\x55" * length))
    ]
    data = png(pixels=[b"\x55" * 65_536, b"\x55" * 900], after=frames)

    assert is_complete(data, is_local=is_local) is True
    for end in range(150_000, len(data) - 12, 20_011):
        assert is_complete(data[:end], is_local=is_local) is False, end


def test_png_of_too_many_chunks_without_the_last_one_is_incomplete() -> None:
    data = png(pixels=[b"\x55"] * 20_000)[:-12]

    assert is_complete(data, is_local=True) is False


def test_png_of_too_many_chunks_before_a_long_trailer_is_unknown() -> None:
    data = png(pixels=[b"\x55"] * 60_000) + b"trailer" * 10_000

    assert is_complete(data, is_local=True) is None


def test_png_is_unknown_if_its_end_needs_a_third_request() -> None:
    data = png(chunk(b"eXIf", bytes(200_000)), pixels=[b"\x55" * 900_000])

    assert is_complete(data, is_local=True) is True
    assert is_complete(data, is_local=False) is None


@BOTH
def test_gif_is_complete_with_its_trailer(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    data = gif(GIF_FRAME, GIF_FRAME)

    assert is_complete(data, is_local=is_local) is True
    assert is_complete(data + b"a trailer", is_local=is_local) is True
    for end in range(13, len(data)):
        assert is_complete(data[:end], is_local=is_local) is False


@BOTH
def test_gif_that_is_not_parsed_completely_must_end_with_its_trailer(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    assert is_complete(LARGE_GIF, is_local=is_local) is True
    assert is_complete(LARGE_GIF + bytes(100), is_local=is_local) is True
    assert is_complete(LARGE_GIF[:-1], is_local=is_local) is False
    assert is_complete(LARGE_GIF[:-1000] + b"\x55;", is_local=is_local) is False
    assert is_complete(LARGE_GIF[:-1] + bytes(LAST_BLOCK), is_local=is_local) is False


def test_gif_with_an_unknown_block_must_end_with_its_trailer() -> None:
    blocks = [GIF_FRAME, GIF_FRAME, GIF_FRAME, b"\0\0"]

    assert is_complete(gif(*blocks), is_local=True) is True
    assert is_complete(gif(*blocks, end=b""), is_local=True) is False
