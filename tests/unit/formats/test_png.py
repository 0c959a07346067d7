import struct
import zlib

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.testing.byte_sources import BytesSource
from support.images.samples import XMP, chunk, exif, icc, png, raw_profile


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize(
    ("kind", "mode", "alpha"),
    [(0, "L", False), (2, "RGB", False), (3, "P", False), (4, "LA", True), (6, "RGBA", True)],
)
def test_color_mode_and_alpha_depend_on_the_color_type(
    kind: int,
    mode: str,
    alpha: bool,  # noqa: FBT001 - a test parameter
) -> None:
    properties = read(png(kind=kind, bits=8))

    assert (properties.color_mode, properties.has_alpha, properties.bit_depth) == (mode, alpha, 8)


def test_transparent_color_means_alpha() -> None:
    assert read(png(chunk(b"tRNS", b"\0\1"), kind=3, bits=2)).has_alpha is True


def test_frames_of_an_animation_are_counted() -> None:
    assert read(_animation(7)).frame_count == 7
    assert read(png()).frame_count == 1


@pytest.mark.parametrize("count", [8, 2**31 - 1, 2**32 - 1])
def test_frame_count_that_the_file_cannot_hold_is_unknown(count: int) -> None:
    assert read(_animation(1, count)).frame_count is None


def _animation(frames: int, count: int | None = None) -> bytes:
    """Return a PNG with this number of frames; its header declares `count`, by default the same."""
    control = chunk(b"acTL", struct.pack(">II", frames if count is None else count, 0))
    rest = [chunk(b"fcTL", bytes(26)) + chunk(b"fdAT", bytes(5)) for _ in range(1, frames)]
    return png(control, chunk(b"fcTL", bytes(26)), after=rest)


def test_compressed_icc_profile_is_read() -> None:
    compressed = chunk(b"iCCP", b"name\0\0" + zlib.compress(icc("Wide")))

    assert read(png(compressed)).icc_profile == "Wide"


RAW = raw_profile(b"exif", b"Exif\0\0" + exif())
RAW_XMP = raw_profile(b"xmp", XMP)
RAW_APP1 = raw_profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + XMP)


@pytest.mark.parametrize(
    "metadata",
    [
        chunk(b"eXIf", exif(">")),
        chunk(b"eXIf", b"Exif\0\0" + exif()),
        chunk(b"tEXt", b"Raw profile type APP1\0" + RAW),
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(RAW)),
        chunk(b"iTXt", b"Raw profile type exif\0\0\0\0\0" + RAW),
    ],
    ids=["eXIf", "prefixed", "tEXt", "zTXt", "iTXt"],
)
def test_exif_is_read_before_and_after_the_pixels(metadata: bytes) -> None:
    assert read(png(metadata)).camera_model == "Model One"
    assert read(png(after=[metadata])).camera_model == "Model One"


@pytest.mark.parametrize("rest", [b"\n\nexif\n", b"ffff", b"\0\0"])
def test_bytes_after_the_declared_length_of_a_raw_profile_are_ignored(rest: bytes) -> None:
    compressed = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(RAW + rest))

    assert read(png(compressed)).camera_model == "Model One"


@pytest.mark.parametrize(
    "metadata",
    [
        chunk(b"tEXt", b"Creation Time\x002021:05:17 01:48:24 pm"),
        chunk(b"zTXt", b"Creation Time\0\0" + zlib.compress(b"Mon, 17 May 2021 13:48:24 +0200")),
        chunk(b"iTXt", b"Creation Time\0\0\0\0\x002021-05-17T13:48:24Z"),
    ],
    ids=["tEXt", "zTXt", "iTXt"],
)
def test_creation_time_is_read_before_and_after_the_pixels(metadata: bytes) -> None:
    assert str(read(png(metadata)).taken_at) == "2021-05-17 13:48:24"
    assert str(read(png(after=[metadata])).taken_at) == "2021-05-17 13:48:24"


@pytest.mark.parametrize(
    "metadata",
    [
        chunk(b"tIME", struct.pack(">HBBBBB", 2021, 5, 17, 13, 48, 24)),
        chunk(b"tEXt", b"Creation Time\x0005/17/21"),
        chunk(b"tEXt", b"Creation Time\x002021-05-17T13:48:24 or so"),
        chunk(b"tEXt", b"date:create\x002021-05-17T13:48:24Z"),
    ],
)
def test_other_times_and_unread_times_are_not_the_capture_time(metadata: bytes) -> None:
    assert read(png(metadata)).taken_at is None


@pytest.mark.parametrize(
    "metadata",
    [
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        chunk(b"tEXt", b"XML:com.adobe.xmp\0" + XMP),
        chunk(b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(RAW_XMP)),
        chunk(b"tEXt", b"Raw profile type APP1\0" + RAW_APP1),
    ],
    ids=["plain", "compressed", "tEXt", "raw profile", "raw segment"],
)
def test_xmp_is_read(metadata: bytes) -> None:
    assert read(png(metadata)).camera_make == "Lightbox"
    assert read(png(after=[metadata])).camera_make == "Lightbox"


def test_xcode_chunk_before_the_image_header_is_skipped() -> None:
    healthy = png(chunk(b"eXIf", exif()))

    properties = read(healthy[:8] + chunk(b"CgBI", b"\x50\0\x20\6") + healthy[8:])

    assert (properties.width, properties.camera_model) == (40, "Model One")


@pytest.mark.parametrize(
    "metadata",
    [
        chunk(b"zTXt", b"Raw profile type exif\0\0no compressed data"),
        chunk(b"tEXt", b"Raw profile type exif\0\nexif\n4\nnot hexadecimal"),
        chunk(b"tEXt", b"Raw profile type exif\0"),
        chunk(b"iTXt", b"Comment\0\0\0\0\0<x/>"),
        chunk(b"iCCP", b"name"),
        chunk(b"acTL", b""),
    ],
)
def test_damaged_and_unrelated_chunks_are_ignored(metadata: bytes) -> None:
    properties = read(png(metadata))

    assert properties.camera_make is None
    assert properties.icc_profile is None
    assert properties.frame_count == 1


@pytest.mark.parametrize(
    ("pieces", "length"), [(1, 5_000_000), (600, 8192), (4, 1_000_000)], ids=repr
)
def test_exif_after_many_pixels_is_read_in_a_few_requests(pieces: int, length: int) -> None:
    source = BytesSource(png(after=[chunk(b"eXIf", exif())], pixels=[b"\x55" * length] * pieces))

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert result.camera_model == "Model One"
    assert len(source.ranges) <= 10
    assert source.fetched < 700_000


def test_pixels_that_look_like_metadata_are_ignored() -> None:
    pixels = [b"\0\0\0\4eXIf" + exif() + bytes(8000)] * 600

    assert read(png(pixels=pixels)).camera_model is None


@pytest.mark.parametrize("count", [5000, 90_000])
def test_small_chunks_before_the_metadata_are_skipped(count: int) -> None:
    comment = chunk(b"tEXt", b"Comment\0" + bytes(50))
    source = BytesSource(png(comment * count, chunk(b"eXIf", exif())))

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert result.camera_model == "Model One"
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= min(MAX_REQUESTS, 2 + len(source.data) // 100_000)


def test_number_of_chunks_before_the_pixels_is_limited() -> None:
    data = png(chunk(b"tEXt", b"") * 1_000_000, chunk(b"eXIf", exif()))

    assert read(data).camera_model is None
