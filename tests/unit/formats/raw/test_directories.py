import struct

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.metadata.ifd import Directory, TiffReader
from imgmeta.formats.raw.directories import first_directory
from imgmeta.testing.byte_sources import BytesSource
from support.images.raw_files import (
    SUB_IFDS,
    SUBFILE_TYPE,
    camera,
    image,
    nef,
    preview,
    raw_files,
    raw_tiff,
    sensor,
)
from support.images.samples import LONG, Fields


def read(data: bytes) -> ImageProperties | Unreadable:
    return HeaderPropertyReader().read(BytesSource(data))


def open_first(data: bytes) -> tuple[TiffReader, Directory]:
    return first_directory(lambda offset, length: data[offset : offset + length])


def assert_is_srw_of_full_size(data: bytes) -> None:
    result = read(data)
    assert isinstance(result, ImageProperties)
    assert (result.format, result.width) == ("SRW", 5000)


@pytest.mark.parametrize(
    ("name", "format_name"), [("nef", "TIFF"), ("nrw", "TIFF"), ("3fr", "TIFF"), ("dng", "DNG")]
)
def test_file_that_ends_before_the_full_image_never_has_the_size_of_a_preview(
    name: str, format_name: str
) -> None:
    data = raw_files()[name]
    tiff_reader, first = open_first(data)
    cut = data[: tiff_reader.offsets(first.entries[SUB_IFDS])[0]]

    result = read(cut)

    assert result == Unreadable(
        reason=f"a {format_name} without an image size (cut short after {len(cut)} bytes)"
    )


def test_file_that_ends_before_the_offsets_of_its_directories_has_no_size() -> None:
    data = nef()
    _, first = open_first(data)
    cut = data[: int.from_bytes(first.entries[SUB_IFDS][3], "big")]

    result = read(cut)

    assert isinstance(result, Unreadable)
    assert "without an image size (cut short" in result.reason


@pytest.mark.parametrize(
    "first",
    [
        {**sensor(5000, 4000), SUBFILE_TYPE: (LONG, [0])},
        image(5000, 4000, compression=32_770),
    ],
    ids=["full-size", "unmarked"],
)
def test_directory_beyond_the_end_is_ignored_if_the_first_is_not_a_preview(first: Fields) -> None:
    data = raw_tiff({**camera("SAMSUNG"), **first, SUB_IFDS: (LONG, [1_000_000])})

    assert_is_srw_of_full_size(data)


def test_preview_beyond_the_end_is_ignored() -> None:
    data = raw_tiff(
        {**camera("SAMSUNG"), **preview()}, subdirectories=[sensor(5000, 4000), preview()]
    )
    tiff_reader, first = open_first(data)
    second = struct.pack("<I", tiff_reader.offsets(first.entries[SUB_IFDS])[1])

    assert_is_srw_of_full_size(data.replace(second, struct.pack("<I", 1_000_000)))
