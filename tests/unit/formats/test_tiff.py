import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from support.images.byte_sources import Bytes, Sparse
from support.images.samples import (
    BYTE,
    CAMERA,
    EXPOSURE,
    LONG,
    PLACE,
    SHORT,
    SIZE,
    UNDEFINED,
    XMP,
    Fields,
    Order,
    directory,
    icc,
    tiff,
)


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(Bytes(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_byte_orders_are_read(order: Order) -> None:
    properties = read(tiff({**SIZE, **CAMERA}, order=order, exif=EXPOSURE, gps=PLACE))

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
def test_the_color_mode_follows_from_photometry_and_extra_samples(
    photometric: int, extra: int | None, mode: str | None
) -> None:
    fields: Fields = {**SIZE, 262: (SHORT, [photometric])}
    if extra is not None:
        fields = {**fields, 338: (SHORT, [extra])}

    properties = read(tiff(fields))

    assert properties.color_mode == mode
    assert properties.has_alpha is (extra in {1, 2})


def test_pages_are_counted() -> None:
    assert read(tiff(SIZE, pages=5)).frame_count == 5


def test_a_chain_of_pages_that_bites_its_tail_has_no_number() -> None:
    data = bytearray(tiff(SIZE))
    end = 8 + 2 + 12 * len(SIZE)
    data[end : end + 4] = struct.pack("<I", 8)

    assert read(bytes(data)).frame_count is None


def test_a_page_that_is_not_there_is_not_counted() -> None:
    data = bytearray(tiff(SIZE))
    end = 8 + 2 + 12 * len(SIZE)
    data[end : end + 4] = struct.pack("<I", 10**6)

    assert read(bytes(data)).frame_count == 1


def test_xmp_and_color_profile_are_read() -> None:
    properties = read(tiff({**SIZE, 700: (BYTE, XMP), 34675: (UNDEFINED, icc("Gray"))}))

    assert properties.camera_make == "Lightbox"
    assert properties.icc_profile == "Gray"


def test_the_size_is_that_of_the_image_where_a_preview_comes_first() -> None:
    preview: Fields = {254: (LONG, [1]), 256: (LONG, [16]), 257: (LONG, [12])}
    main: Fields = {254: (LONG, [0]), 256: (LONG, [6000]), 257: (LONG, [4000])}
    length = len(directory("<", 8, {**preview, 330: (LONG, [0])}))
    data = b"II*\0\x08\0\0\0" + directory("<", 8, {**preview, 330: (LONG, [8 + length])})

    assert read(data + directory("<", 8 + length, main)).width == 6000
    assert read(data).width == 16
    length = len(directory("<", 8, preview))
    chained = b"II*\0\x08\0\0\0" + directory("<", 8, preview, following=8 + length)
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


def test_a_huge_big_tiff_with_its_directory_at_the_end_costs_a_few_requests() -> None:
    size = 30 * 2**30
    head, table = _big_tiff(size - 1000)
    source = Sparse(size, {0: head, size - 1000: table})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert (properties.width, properties.height) == (200_000, 100_000)
    assert properties.frame_count == 1
    assert len(source.ranges) <= 3
    assert source.fetched <= 256 * 1024


def test_a_huge_tiff_with_a_million_tiles_costs_a_few_requests() -> None:
    size, place = 3 * 2**30, 3 * 2**30 - 600
    fields: Fields = {**SIZE, **CAMERA, 324: (LONG, [0]), 325: (LONG, [0])}
    end = bytearray(directory("<", place, fields))
    for index in range(struct.unpack_from("<H", end)[0]):
        tag = struct.unpack_from("<H", end, 2 + 12 * index)[0]
        if tag in {324, 325}:
            struct.pack_into("<II", end, 2 + 12 * index + 4, 1_000_000, 4096)
    source = Sparse(size, {0: b"II*\0" + struct.pack("<I", place), place: bytes(end)})

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
        tiff({**SIZE, 256: (LONG, [0])}),
    ],
    ids=["empty", "no-height", "nowhere", "zero"],
)
def test_without_a_size_it_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(Bytes(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a TIFF without a ")
