import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.raw_files import XMP_UUID, cr3, image
from support.images.samples import ASCII, BYTE, RATIONAL, SHORT, Fields, box, tiff, xmp

GPS_AT_UTC: Fields = {
    1: (ASCII, b"N\0"),
    2: (RATIONAL, [(12, 1), (0, 1), (0, 1)]),
    3: (ASCII, b"W\0"),
    4: (RATIONAL, [(30, 1), (0, 1), (0, 1)]),
    5: (BYTE, [0]),
    7: (RATIONAL, [(1, 1), (38, 1), (9, 1)]),
    0x1D: (ASCII, b"2024:05:06\0"),
}


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


def test_size_is_that_of_the_first_directory_without_borders() -> None:
    properties = read(cr3())

    assert (properties.width, properties.height) == (6000, 4000)
    assert (properties.display_width, properties.display_height) == (4000, 6000)


@pytest.mark.parametrize(
    "main", [tiff({0x110: (ASCII, b"Canon EOS R\0")}), b"", b"II*\0"], ids=["no", "empty", "short"]
)
def test_size_without_that_directory_is_the_tracks(main: bytes) -> None:
    properties = read(cr3(main=main))

    assert (properties.width, properties.height) == (1620, 1080)


def test_position_and_time_come_from_the_gps_block() -> None:
    properties = read(cr3(gps=tiff(GPS_AT_UTC)))

    assert (properties.latitude, properties.longitude) == (12, -30)
    assert properties.taken_at_offset == "+05:30"
    assert str(properties.taken_at_utc) == "2024-05-06 01:38:09.250000+00:00"


@pytest.mark.parametrize("gps", [b"", b"II*\0\xff\xff\xff\xff"], ids=["empty", "nowhere"])
def test_missing_gps_block_leaves_the_other_values(gps: bytes) -> None:
    properties = read(cr3(gps=gps))

    assert properties.latitude is None
    assert properties.iso == 400


def test_camera_exif_and_xmp_are_read() -> None:
    properties = read(cr3(packet=xmp('exif:GPSLatitude="1,0N" exif:GPSLongitude="2,0E"'), gps=b""))

    assert properties.camera_make == "Canon"
    assert properties.camera_model == "Canon EOS M50"
    assert properties.lens_model == "Acme 50mm f/1.8"
    assert (properties.latitude, properties.longitude) == (1, 2)


def test_images_of_a_burst_are_counted() -> None:
    assert read(cr3(images=31)).frame_count == 31


@pytest.mark.parametrize(
    "boxes",
    [
        b"",
        box(b"moov"),
        box(b"moov", box(b"trak"), box(b"uuid", bytes(16))),
        box(b"moov", box(b"trak", box(b"tkhd", bytes(20)))),
        box(b"mdat", bytes(20)),
    ],
    ids=["nothing", "empty", "other-uuid", "short-track-header", "data"],
)
def test_cr3_without_a_size_is_unreadable(boxes: bytes) -> None:
    data = box(b"ftyp", b"crx ", bytes(4), b"crx isom") + boxes

    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("a CR3 without an image size")


def test_boxes_after_the_xmp_packet_are_not_read() -> None:
    data = cr3()
    preview = struct.pack(">I4s", 40_000_000, b"uuid")
    source = SparseSource(80_000_000, {0: data[:-16] + preview})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.width == 6000
    # The check for completeness reads the header of the box after the preview.
    assert [length for _, length in source.ranges[1:]] == [16]


def test_cr3_without_an_xmp_packet_is_read() -> None:
    data = cr3()
    end = data.index(XMP_UUID) - 8

    assert read(data[:end] + box(b"mdat", bytes(20))).width == 6000


def test_size_of_the_first_directory_may_be_short() -> None:
    small: Fields = {**image(60, 40), 256: (SHORT, [60]), 257: (SHORT, [40])}

    assert read(cr3(main=tiff(small))).width == 60
