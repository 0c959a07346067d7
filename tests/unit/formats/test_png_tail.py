"""Metadata after the pixels of a PNG, on a disk and in a bucket."""

import random
import struct
from collections.abc import Sequence

import pytest

from imgmeta.core.objects import FIRST_BLOCK
from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import CAMERA, EXPOSURE, GPS, UNDEFINED, XMP, chunk, exif, png, tiff

BOTH = pytest.mark.parametrize("is_local", [True, False], ids=["disk", "bucket"])
NOISE = random.Random(1).randbytes(1_200_000)


def pixels(count: int, length: int) -> list[bytes]:
    return [NOISE[index : index + length] for index in range(count)]


def long_exif(length: int) -> bytes:
    """Return an EXIF block with a maker note of this length."""
    return tiff(CAMERA, exif={**EXPOSURE, 0x927C: (UNDEFINED, NOISE[:length])}, gps=GPS)


def read(data: bytes, *, is_local: bool) -> ImageProperties:
    source = BytesSource(data, is_local=is_local)
    result = HeaderPropertyReader().read(source)
    assert isinstance(result, ImageProperties), result
    if not is_local:
        assert len(source.ranges) <= 2 or source.ranges[1][0] == FIRST_BLOCK, "a third request"
    return result


def fields(properties: ImageProperties) -> tuple[object, ...]:
    return (
        properties.camera_model,
        properties.taken_at is not None,
        properties.latitude is not None,
        properties.partial_metadata,
        properties.complete,
    )


FOUND = ("Model One", True, True, None, True)
MISSING = (None, False, False, True, True)


@BOTH
@pytest.mark.parametrize(
    "image", [(1, 180_000), (1, 1_000_000), (400, 8192), (30, 32_768), (30, 65_536), (3, 400_000)]
)
@pytest.mark.parametrize("length", [0, 31_000, 34_000, 65_000, 200_000])
def test_long_exif_after_the_pixels_is_read(
    image: tuple[int, int],
    length: int,
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    after = [chunk(b"tEXt", b"Title\0a title"), chunk(b"eXIf", long_exif(length))]

    assert fields(read(png(pixels=pixels(*image), after=after), is_local=is_local)) == FOUND


@BOTH
def test_several_long_blocks_after_the_pixels_are_read(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    raw = b"\nexif\n    1234\n" + (b"Exif\0\0" + long_exif(40_000)).hex().encode()
    after = [
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP + b" " * 60_000),
        chunk(b"tEXt", b"Raw profile type exif\0" + raw),
        chunk(b"tIME", bytes(7)),
    ]

    assert fields(read(png(pixels=pixels(40, 32_768), after=after), is_local=is_local)) == FOUND


@BOTH
def test_frames_of_an_animation_are_skipped(
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    frames = [
        part
        for number in range(100)
        for part in (chunk(b"fcTL", bytes(26)), chunk(b"fdAT", NOISE[number : 8192 + number]))
    ]
    data = png(pixels=pixels(1, 8192), after=[*frames, chunk(b"eXIf", long_exif(33_000))])

    assert fields(read(data, is_local=is_local)) == FOUND


def test_metadata_beyond_the_block_from_the_end_is_reported_in_a_bucket() -> None:
    comment = chunk(b"tEXt", b"Comment\0" + b"x" * 300_000)
    for image in ((100, 8192), (20, 65_536)):
        data = png(pixels=pixels(*image), after=[chunk(b"eXIf", exif()), comment])

        assert fields(read(data, is_local=True)) == FOUND
        assert fields(read(data, is_local=False)) == MISSING


def test_exif_longer_than_the_block_from_the_end_is_reported_in_a_bucket() -> None:
    data = png(pixels=pixels(100, 8192), after=[chunk(b"eXIf", long_exif(400_000))])

    assert fields(read(data, is_local=True)) == FOUND
    assert fields(read(data, is_local=False)) == MISSING


@BOTH
@pytest.mark.parametrize("image", [(1, 90_000), (11, 8192)])
@pytest.mark.parametrize("length", [31_000, 60_000, 240_000, 400_000, 900_000])
def test_exif_that_begins_in_the_first_block_is_read_in_one_more_request(
    image: tuple[int, int],
    length: int,
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    source = BytesSource(
        png(pixels=pixels(*image), after=[chunk(b"eXIf", long_exif(length))]), is_local=is_local
    )

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert fields(result) == FOUND
    assert len(source.ranges) <= 2


def test_metadata_between_long_pixel_chunks_and_the_block_from_the_end_is_not_overlooked() -> None:
    data = png(
        pixels=[*pixels(2, 1_000_000), NOISE[:500_000]],
        after=[chunk(b"eXIf", long_exif(400_000))],
    )

    assert fields(read(data, is_local=True)) == FOUND
    assert fields(read(data, is_local=False)) == MISSING


@BOTH
@pytest.mark.parametrize(
    "image", [(1, 180_000), (1, 1_100_000), (400, 8192), (30, 65_536), (4, 300_000)]
)
@pytest.mark.parametrize("before", [b"", chunk(b"eXIf", exif())], ids=["without", "with"])
def test_png_without_metadata_after_its_pixels_is_read_completely(
    image: tuple[int, int],
    before: bytes,
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    properties = read(png(before, pixels=pixels(*image)), is_local=is_local)

    assert (properties.partial_metadata, properties.complete) == (None, True)


def test_metadata_before_the_pixels_limits_the_block_from_the_end() -> None:
    source = BytesSource(png(chunk(b"eXIf", exif()), pixels=pixels(100, 8192)))

    HeaderPropertyReader().read(source)

    assert source.fetched < 200_000


def test_header_of_two_requests_leaves_the_end_of_a_png_unread_in_a_bucket() -> None:
    data = png(chunk(b"iCCP", bytes(200_000)), pixels=pixels(100, 8192))

    assert read(data, is_local=True).partial_metadata is None
    assert read(data, is_local=False).partial_metadata is True


@BOTH
@pytest.mark.parametrize("end", [30, 140_000, 500_000, -40_000, -9], ids=str)
def test_png_that_is_cut_short_is_incomplete(
    end: int,
    is_local: bool,  # noqa: FBT001 - a test parameter
) -> None:
    data = png(pixels=pixels(100, 8192), after=[chunk(b"eXIf", long_exif(34_000))])

    assert read(data[:end], is_local=is_local).complete is False


def test_metadata_over_a_limit_is_reported() -> None:
    long_text = chunk(b"tEXt", b"XML:com.adobe.xmp\0" + XMP + b" " * 1024 * 1024)
    many_texts = [chunk(b"tEXt", b"XML:com.adobe.xmp\0" + XMP)] * 40

    assert read(png(long_text), is_local=True).partial_metadata is True
    assert read(png(*many_texts), is_local=True).partial_metadata is True
    assert read(png(*[chunk(b"tEXt", b"Title\0any")] * 40), is_local=True).partial_metadata is None


def test_false_chunk_names_in_pixels_are_ignored() -> None:
    def damaged(head: bytes) -> Sequence[bytes]:
        return [head + NOISE[:32_700]] * 30

    for head in (b"eXIf", struct.pack(">I4s", 50, b"IDAT"), struct.pack(">I4s", 9, b"tEXt") * 9):
        data = png(pixels=damaged(head), after=[chunk(b"eXIf", exif())])

        assert fields(read(data, is_local=False)) == FOUND


def test_chunks_that_are_found_twice_on_a_disk_are_parsed_once() -> None:
    times = [chunk(b"tEXt", b"Creation Time\0" + b"2024:05:06 07:08:09")] * 3
    rest = [chunk(b"IDAT", NOISE[:length]) for length in (900_000, 600_000)]

    properties = read(png(after=[*times, *rest, times[0]]), is_local=True)

    assert properties.taken_at_source == "PNG:Creation Time"
    assert properties.partial_metadata is None
