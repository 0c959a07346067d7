from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import BytesSource, SparseSource
from support.images.samples import GIF_FRAME, GIF_TRANSPARENT, XMP, gif


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


def test_size_is_that_of_the_logical_screen() -> None:
    properties = read(gif(GIF_FRAME, size=(320, 200)))

    assert (properties.width, properties.height, properties.color_mode) == (320, 200, "P")


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
