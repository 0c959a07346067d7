import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.samples import (
    BYTE,
    CAMERA,
    EXPOSURE,
    GPS,
    IMAGE,
    LONG,
    SHORT,
    UNDEFINED,
    XMP,
    Fields,
    Order,
    directory,
    icc,
    tiff,
)


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: Order) -> None:
    properties = read(tiff({**IMAGE, **CAMERA}, order=order, exif=EXPOSURE, gps=GPS))

    assert (properties.width, properties.height, properties.bit_depth) == (40, 30, 8)
    assert properties.camera_model == "Model One"
    assert properties.iso == 400
    assert properties.latitude == pytest.approx(-33.875)


@pytest.mark.parametrize(
    ("photometric", "extra", "mode"),
    [
        (0, None, "L"),
        (1, None, "L"),
        (1, 2, "LA"),
        (2, None, "RGB"),
        (2, 1, "RGBA"),
        (2, 0, "RGB"),
        (3, None, "P"),
        (5, None, "CMYK"),
        (6, None, "YCbCr"),
        (8, None, "Lab"),
        (32803, None, None),
    ],
)
def test_color_mode_depends_on_photometric_interpretation_and_extra_samples(
    photometric: int, extra: int | None, mode: str | None
) -> None:
    fields: Fields = {**IMAGE, 262: (SHORT, [photometric])}
    if extra is not None:
        fields = {**fields, 338: (SHORT, [extra])}

    properties = read(tiff(fields))

    assert properties.color_mode == mode
    assert properties.has_alpha is (extra in {1, 2})


def test_pages_are_counted() -> None:
    assert read(tiff(IMAGE, pages=5)).frame_count == 5


def test_page_count_of_a_circular_chain_is_unknown() -> None:
    data = bytearray(tiff(IMAGE))
    end = 8 + 2 + 12 * len(IMAGE)
    data[end : end + 4] = struct.pack("<I", 8)

    assert read(bytes(data)).frame_count is None


@pytest.mark.parametrize("offset", [2, 10**6, 2**32 - 1])
def test_page_count_is_unknown_if_a_page_is_missing(offset: int) -> None:
    data = bytearray(tiff(IMAGE))
    end = 8 + 2 + 12 * len(IMAGE)
    data[end : end + 4] = struct.pack("<I", offset)

    assert read(bytes(data)).frame_count is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_page_count_of_a_file_truncated_anywhere_is_unknown(order: Order) -> None:
    fields: Fields = {n: (LONG, [n]) for n in (256, 257, 259, 262, 277)}
    complete = tiff(fields, order=order, pages=4)
    first_page = 8 + len(directory(order, 8, fields))

    assert read(complete).frame_count == 4
    for length in range(first_page - 4, len(complete)):
        assert read(complete[:length]).frame_count is None, length


def test_xmp_and_icc_profile_are_read() -> None:
    properties = read(tiff({**IMAGE, 700: (BYTE, XMP), 34675: (UNDEFINED, icc("Gray"))}))

    assert properties.camera_make == "Lightbox"
    assert properties.icc_profile == "Gray"


def test_size_is_that_of_the_full_image_after_a_preview() -> None:
    preview: Fields = {254: (LONG, [1]), 256: (LONG, [16]), 257: (LONG, [12])}
    main: Fields = {254: (LONG, [0]), 256: (LONG, [6000]), 257: (LONG, [4000])}
    length = len(directory("<", 8, {**preview, 330: (LONG, [0])}))
    data = b"II*\0\x08\0\0\0" + directory("<", 8, {**preview, 330: (LONG, [8 + length])})

    assert read(data + directory("<", 8 + length, main)).width == 6000
    assert read(data).width == 16
    length = len(directory("<", 8, preview))
    chained = b"II*\0\x08\0\0\0" + directory("<", 8, preview, next_offset=8 + length)
    assert read(chained + directory("<", 8 + length, main)).width == 6000


def _big_tiff(offset: int) -> tuple[bytes, bytes]:
    head = b"II+\0\x08\0\0\0" + struct.pack("<Q", offset)
    table = struct.pack("<Q", 4)
    for tag, kind, count, value in (
        (256, 4, 1, 200_000),
        (257, 4, 1, 100_000),
        (262, 3, 1, 2),
        (324, 16, 1_000_000, 4096),
    ):
        table += struct.pack("<HHQQ", tag, kind, count, value)
    return head, table + bytes(8)


def test_large_big_tiff_with_its_directory_at_the_end_is_read_in_a_few_requests() -> None:
    size = 30 * 2**30
    head, table = _big_tiff(size - 1000)
    source = SparseSource(size, {0: head, size - 1000: table})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert (properties.width, properties.height) == (200_000, 100_000)
    assert properties.frame_count == 1
    assert len(source.ranges) <= 3
    assert source.fetched <= 256 * 1024


def test_large_tiff_with_a_million_tiles_is_read_in_a_few_requests() -> None:
    size, offset = 3 * 2**30, 3 * 2**30 - 600
    fields: Fields = {**IMAGE, **CAMERA, 324: (LONG, [0]), 325: (LONG, [0])}
    end = bytearray(directory("<", offset, fields))
    for index in range(struct.unpack_from("<H", end)[0]):
        tag = struct.unpack_from("<H", end, 2 + 12 * index)[0]
        if tag in {324, 325}:
            struct.pack_into("<II", end, 2 + 12 * index + 4, 1_000_000, 4096)
    source = SparseSource(size, {0: b"II*\0" + struct.pack("<I", offset), offset: bytes(end)})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.camera_model == "Model One"
    assert len(source.ranges) <= 3
    assert source.fetched <= 256 * 1024


@pytest.mark.parametrize(
    "data",
    [
        tiff({}),
        tiff({256: (LONG, [4])}),
        b"II*\0\xff\xff\xff\x0f",
        tiff({**IMAGE, 256: (LONG, [0])}),
    ],
    ids=["empty", "no-height", "nowhere", "zero"],
)
def test_file_without_an_image_size_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a TIFF without an image ")
