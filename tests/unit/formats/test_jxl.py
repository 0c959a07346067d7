import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.jxl import read_jxl
from imgmeta.formats.window import Window
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.jxl_files import (
    ALPHA_CHANNEL,
    codestream,
    container,
    exif_box,
    metadata_fields,
    part,
)
from support.images.samples import CAMERA, SHORT, XMP, box, exif, tiff

ROTATED = codestream(*metadata_fields(extra=((1, 1), (5, 3), (0, 1), (0, 1), (0, 1))))


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


def parsed_header(data: bytes) -> ImageHeader:
    header = ImageHeader("JXL", "image/jxl")
    read_jxl(Window(BytesSource(data)), header)
    return header


@pytest.mark.parametrize(
    "data",
    [
        codestream(),
        container(box(b"jxlc", codestream())),
        container(box(b"jxll", b"\x0a"), box(b"jbrd", bytes(99)), box(b"jxlc", codestream())),
        container(*(part(n, codestream()[n : n + 1]) for n in range(len(codestream())))),
        container() + b"\0\0\0\0jxlc" + codestream(),
    ],
    ids=["codestream", "container", "other-boxes", "parts", "box-to-the-end"],
)
def test_codestream_may_be_bare_or_in_boxes(data: bytes) -> None:
    properties = read(data)

    assert (properties.format, properties.mime_type) == ("JXL", "image/jxl")
    assert (properties.width, properties.height) == (40, 30)
    assert properties.frame_count == 1


def test_alpha_channel_is_read_from_a_container() -> None:
    stream = codestream(*metadata_fields(channels=((1, 2), *ALPHA_CHANNEL)))

    properties = read(container(box(b"jxlc", stream)))

    assert properties.has_alpha is True
    assert properties.color_mode == "RGBA"


@pytest.mark.parametrize(
    "exif_content",
    [
        exif_box(exif()),
        box(b"Exif", b"\0\0\0\x06Exif\0\0", exif()),
        box(b"Exif", exif(">")),
        box(b"Exif", bytes(4), b"Exif\0\0", exif()),
    ],
    ids=["offset-0", "offset-6", "no-offset", "wrong-offset"],
)
@pytest.mark.parametrize("step", [1, -1], ids=["before", "after"])
def test_exif_box_is_read_before_and_after_the_codestream(exif_content: bytes, step: int) -> None:
    boxes = [exif_content, box(b"jxlc", codestream())]

    properties = read(container(*boxes[::step]))

    assert properties.camera_model == "Model One"
    assert properties.latitude == pytest.approx(-33.875)
    assert str(properties.taken_at) == "2024-05-06 07:08:09.250000"


def test_xmp_box_is_read() -> None:
    assert read(container(box(b"xml ", XMP), box(b"jxlc", codestream()))).camera_make == "Lightbox"


def test_first_xmp_box_is_used() -> None:
    boxes = box(b"xml ", XMP), box(b"xml ", b"<x/>"), box(b"jxlc", codestream())

    assert read(container(*boxes)).camera_make == "Lightbox"


def test_codestream_determines_the_display_size_and_exif_the_orientation() -> None:
    upright = tiff({**CAMERA, 0x0112: (SHORT, [1])})

    by_codestream = read(ROTATED)
    with_exif = read(container(exif_box(upright), box(b"jxlc", ROTATED)))
    only_exif = read(container(exif_box(exif()), box(b"jxlc", codestream())))

    assert (by_codestream.orientation, by_codestream.display_width) == (6, 30)
    assert (with_exif.orientation, with_exif.display_width) == (1, 30)
    assert (only_exif.orientation, only_exif.display_width) == (6, 40)


@pytest.mark.parametrize("kind", [b"Exif", b"xml "])
def test_metadata_compressed_with_brotli_is_known_to_be_unread(kind: bytes) -> None:
    data = container(box(b"brob", kind, bytes(30)), box(b"jxlc", codestream()))

    assert parsed_header(data).partial_metadata is True
    assert read(data).width == 40


@pytest.mark.parametrize(
    "boxes",
    [
        [box(b"jxlc", codestream())],
        [box(b"brob", b"jumb", bytes(30)), box(b"jxlc", codestream())],
        [exif_box(exif()), box(b"xml ", XMP), box(b"jxlc", codestream())],
    ],
    ids=["no-metadata", "other-box", "uncompressed"],
)
def test_read_metadata_is_not_partial(boxes: list[bytes]) -> None:
    assert parsed_header(container(*boxes)).partial_metadata is False


def test_metadata_after_a_large_codestream_takes_one_more_request() -> None:
    stream = codestream()
    head = container() + (8 + 30_000_000).to_bytes(4, "big") + b"jxlc" + stream
    end = len(container()) + 8 + 30_000_000
    source = SparseSource(end + len(exif_box(exif())), {0: head, end: exif_box(exif())})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.camera_model == "Model One"
    assert len(source.ranges) == 2


def test_search_for_metadata_ends_after_a_few_distant_boxes() -> None:
    step = 1_000_000
    heads = {
        len(container()) + n * step: step.to_bytes(4, "big") + b"jxlp" + bytes(4) + codestream()
        for n in range(100)
    }
    source = SparseSource(100 * step, {0: container(), **heads})
    header = ImageHeader("JXL", "image/jxl")

    read_jxl(Window(source), header)

    assert header.width == 40
    assert header.partial_metadata is True
    assert len(source.ranges) <= 10


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (container(), "a JXL without a codestream"),
        (container(box(b"jxlc", b"\0\0" + bytes(30))), "a JXL without a codestream"),
        (container(box(b"jxlp", b"\0")), "a JXL without a codestream"),
        (b"\xff\x0a", "a JXL with an incomplete header"),
    ],
    ids=["no-codestream", "other-data", "short-part", "signature"],
)
def test_file_without_a_size_is_unreadable(data: bytes, reason: str) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith(reason)
