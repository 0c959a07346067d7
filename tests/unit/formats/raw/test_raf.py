import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.raw_files import RAF_VALUES, raf, raf_directory
from support.images.samples import app1_exif, exif, jpeg


def read(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    return result


@pytest.mark.parametrize(
    ("directories", "size"),
    [
        ([RAF_VALUES], (4256, 1424)),
        ([{0x111: struct.pack(">HH", 4160, 6240)}, RAF_VALUES], (6240, 4160)),
        ([{0x200: b""}, RAF_VALUES], (4256, 1424)),
        ([{0x121: struct.pack(">HH", 1440, 4288)}], (4288, 1440)),
        (
            [{0x121: struct.pack(">HH", 1440, 4288), 0x130: b"\x8c\0\0\0"}],
            (2144, 2880),
        ),
        ([{0x121: struct.pack(">HH", 1440, 4288), 0x130: b"\x0c\0\0\0"}], (4288, 1440)),
        ([{0x100: struct.pack(">HH", 1444, 4352)}], (4352, 1444)),
        ([{0x111: b"\1", 0x100: struct.pack(">HH", 1444, 4352)}], (4352, 1444)),
    ],
    ids=["cropped", "first", "second", "size", "diagonal", "not-diagonal", "full", "short-value"],
)
def test_size_is_the_most_exact_one_that_the_directories_state(
    directories: list[dict[int, bytes]], size: tuple[int, int]
) -> None:
    properties = read(raf(*directories))

    assert (properties.width, properties.height) == size


def test_exif_data_is_that_of_the_embedded_jpeg() -> None:
    properties = read(raf())

    assert properties.camera_make == "Acme Corporation"
    assert properties.lens_model == "Acme 50mm f/1.8"
    assert properties.latitude == pytest.approx(-33.875)


@pytest.mark.parametrize("block", [b"", b"II*\0", b"\0" * 30], ids=["empty", "short", "zeros"])
def test_damaged_exif_data_does_not_hide_the_size(block: bytes) -> None:
    assert read(raf(block=block)).width == 4256


def test_pointer_inside_the_jpeg_of_an_early_model_is_ignored() -> None:
    embedded = jpeg(app1_exif(exif()))
    head = b"FUJIFILMCCD-RAW 0200".ljust(84, b"\0")
    directory_offset = 0x68 + len(embedded)
    head += struct.pack(">IIII", 0x68, len(embedded), directory_offset, 0) + bytes(4)
    data = head + embedded + raf_directory({0x111: struct.pack(">HH", 1424, 4256)})

    assert read(data).width == 4256


@pytest.mark.parametrize(
    "data",
    [
        b"FUJIFILMCCD-RAW ",
        raf({0x111: struct.pack(">HH", 0, 4256)}),
        raf({0x200: b"\0\0\0\0"}),
        b"FUJIFILMCCD-RAW ".ljust(400, b"\xff"),
    ],
    ids=["short", "zero", "no-size", "invalid-offsets"],
)
def test_raf_without_a_size_is_unreadable(data: bytes) -> None:
    result = HeaderPropertyReader().read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("an RAF with")


def test_directory_with_too_many_entries_is_ignored() -> None:
    data = raf(RAF_VALUES, {0x111: struct.pack(">HH", 3000, 4000)})
    damaged = data.replace(struct.pack(">IH", len(RAF_VALUES), 0x100), b"\xff\xff\xff\xff\1\0")

    assert read(damaged).width == 4000


def test_directory_after_a_large_jpeg_takes_one_more_request() -> None:
    data = bytearray(raf())
    struct.pack_into(">I", data, 0x5C, 5_000_000)
    source = SparseSource(50_000_000, {0: bytes(data), 5_000_000: raf_directory(RAF_VALUES)})

    properties = HeaderPropertyReader().read(source)

    assert isinstance(properties, ImageProperties)
    assert properties.width == 4256
    assert len(source.ranges) == 2
    assert source.fetched <= 192 * 1024
