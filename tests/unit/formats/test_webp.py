import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import VP8, VP8L_ALPHA, XMP, exif, icc, riff, vp8x, webp


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize(
    ("chunk", "mode"), [(VP8, "RGB"), (VP8L_ALPHA, "RGBA")], ids=["lossy", "lossless"]
)
def test_size_of_a_simple_file_is_read_from_the_bitstream(chunk: bytes, mode: str) -> None:
    properties = read(webp(chunk))

    assert (properties.width, properties.height) == (40, 30)
    assert properties.color_mode == mode
    assert properties.has_alpha is (mode == "RGBA")
    assert properties.frame_count == 1


def test_canvas_size_takes_precedence_over_the_bitstream() -> None:
    assert read(webp(vp8x(0, 16_384, 100), VP8)).width == 16_384


@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_exif_is_read_with_and_without_prefix(prefix: bytes) -> None:
    data = webp(vp8x(0x08), VP8, riff(b"EXIF", prefix + exif()))

    assert read(data).camera_model == "Model One"


def test_xmp_and_icc_profile_are_read() -> None:
    properties = read(webp(vp8x(0x24), riff(b"ICCP", icc("P3")), VP8, riff(b"XMP ", XMP)))

    assert properties.camera_make == "Lightbox"
    assert properties.icc_profile == "P3"


def test_alpha_chunk_means_alpha() -> None:
    assert read(webp(vp8x(0), riff(b"ALPH", b"\0\0"), VP8)).has_alpha is True


def test_frames_of_an_animation_are_counted() -> None:
    frames = [riff(b"ANMF", bytes(99))] * 3

    assert read(webp(vp8x(0x02), riff(b"ANIM", bytes(6)), *frames)).frame_count == 3


ANIMATION = webp(vp8x(0x02), riff(b"ANIM", bytes(6)), *[riff(b"ANMF", bytes(99))] * 3)


@pytest.mark.parametrize("cut", [1, 2, 50, 107, 108, 109, 150, 216])
def test_frame_count_of_a_truncated_animation_is_unknown(cut: int) -> None:
    properties = read(ANIMATION[:-cut])

    assert properties.width == 40
    assert properties.frame_count is None


@pytest.mark.parametrize("length", [0, 20, 200, len(ANIMATION), 2**32 - 1])
def test_frame_count_is_unknown_if_the_frames_do_not_end_at_the_file_length(length: int) -> None:
    data = ANIMATION[:4] + struct.pack("<I", length) + ANIMATION[8:]

    assert read(data).frame_count is None


def test_frame_count_of_endless_chunks_is_unknown() -> None:
    data = webp(vp8x(0x02), *[riff(b"ANMF", b"")] * 150_000)

    assert read(data).frame_count is None


def test_frames_and_other_bytes_after_the_file_length_are_not_counted() -> None:
    assert read(ANIMATION + riff(b"ANMF", bytes(99)) + bytes(30)).frame_count == 3


def test_padding_of_the_last_frame_may_be_missing() -> None:
    data = ANIMATION[:4] + struct.pack("<I", len(ANIMATION) - 9) + ANIMATION[8:-1]

    assert read(data).frame_count == 3


def test_invalid_chunk_before_the_last_frame_makes_the_frame_count_unknown() -> None:
    assert read(webp(vp8x(0x02), bytes(8), riff(b"ANMF", bytes(10)))).frame_count is None


@pytest.mark.parametrize("length", [0, 20, 2**32 - 1])
def test_file_length_in_the_riff_header_is_ignored(length: int) -> None:
    healthy = webp(vp8x(0x08), VP8, riff(b"EXIF", exif()))

    properties = read(healthy[:4] + struct.pack("<I", length) + healthy[8:])

    assert (properties.width, properties.camera_model) == (40, "Model One")


def test_invalid_chunk_ends_the_file() -> None:
    assert read(webp(vp8x(0x08), VP8) + bytes(8) + riff(b"EXIF", exif())).camera_model is None


@pytest.mark.parametrize(
    "data", [webp(), webp(riff(b"VP8 ", bytes(10))), webp(vp8x())[:25]], ids=["none", "bad", "cut"]
)
def test_file_without_an_image_size_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a WEBP")


@pytest.mark.parametrize("pixels", [90_000, 127_900, 1_000_000])
def test_long_metadata_after_the_pixels_is_read_in_one_more_request(pixels: int) -> None:
    long_exif = exif() + bytes(60_000)
    source = BytesSource(
        webp(
            vp8x(0x0C),
            riff(b"VP8 ", VP8[8:] + bytes(pixels)),
            riff(b"EXIF", long_exif),
            riff(b"XMP ", XMP + b" " * 100_000),
        )
    )

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.camera_model == "Model One"
    assert properties.latitude is not None
    assert len(source.ranges) == 2
