import struct

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.metadata.thumbnail import MAX_THUMBNAIL
from imgmeta.formats.thumbnails import read_thumbnail
from imgmeta.testing.byte_sources import BytesSource
from support.images.raw_files import camera, cr3, image, raf, raw_tiff, rw2
from support.images.samples import (
    HEVC_8_BIT,
    LONG,
    SHORT,
    VP8,
    Order,
    app1_exif,
    chunk,
    exif,
    heif,
    ispe,
    jpeg,
    png,
    riff,
    vp8x,
    webp,
)
from support.images.thumbnails import exif_with_thumbnail

THUMBNAIL = jpeg()
BLOCK = exif_with_thumbnail(THUMBNAIL)


def canon_thumbnail(data: bytes = THUMBNAIL, length: int | None = None) -> bytes:
    """Return the content of Canon's box THMB."""
    size = len(data) if length is None else length
    return struct.pack(">IHHIHH", 0, 160, 120, size, 1, 0) + data


def tiff_with_thumbnail(start: int | None = None, *, width: int = 160) -> bytes:
    """Return a raw file whose second directory has a thumbnail, which follows the directories."""
    first = {**camera("NIKON CORPORATION", "NIKON D5"), **image(60, 40)}

    def build(offset: int) -> bytes:
        second = {
            0x0100: (SHORT, [width]),
            0x0103: (SHORT, [6]),
            0x0201: (LONG, [offset]),
            0x0202: (LONG, [len(THUMBNAIL)]),
        }
        return raw_tiff(first, pages=[second])

    return build(len(build(1)) if start is None else start) + THUMBNAIL


FILES = {
    "a JPEG": jpeg(app1_exif(BLOCK)),
    "a JPEG in the other byte order": jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, order=">"))),
    "a JPEG without Compression": jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, compression=None))),
    "a JPEG with two EXIF blocks": jpeg(app1_exif(exif()), app1_exif(BLOCK)),
    "a PNG": png(chunk(b"eXIf", BLOCK)),
    "a WebP": webp(vp8x(8), VP8, riff(b"EXIF", BLOCK)),
    "a HEIC": heif([ispe(), HEVC_8_BIT], brand=b"heic", coding=b"hvc1", exif_block=BLOCK),
    "a CR3": cr3(thumbnail=canon_thumbnail()),
    "a RAF": raf(block=BLOCK),
    "an RW2": rw2(jpeg_exif=BLOCK),
    "a TIFF-based raw file": tiff_with_thumbnail(),
}


def properties_of(data: bytes) -> ImageProperties:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties)
    return result


@pytest.mark.parametrize("name", FILES)
def test_thumbnail_is_found_and_read(name: str) -> None:
    data = FILES[name]

    assert properties_of(data).has_thumbnail is True
    assert read_thumbnail(BytesSource(data)) == THUMBNAIL


@pytest.mark.parametrize(
    "data",
    [
        jpeg(),
        jpeg(app1_exif(exif())),
        jpeg(app1_exif(b"Exif")),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, compression=1))),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, offset=0))),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, offset=0xFFFFFFFF))),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, length=0))),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, length=0xFFFFFFFF))),
        jpeg(app1_exif(exif_with_thumbnail(THUMBNAIL, length=len(THUMBNAIL) + 1))),
        jpeg(app1_exif(exif_with_thumbnail(b"not a JPEG"))),
        cr3(),
        cr3(thumbnail=b""),
        cr3(thumbnail=canon_thumbnail(length=len(THUMBNAIL) + 1)),
        cr3(thumbnail=canon_thumbnail(b"not a JPEG")),
        tiff_with_thumbnail(0xFFFFFFF0),
        tiff_with_thumbnail(width=2480),
    ],
)
def test_image_without_valid_thumbnail_has_none(data: bytes) -> None:
    assert properties_of(data).has_thumbnail is None
    assert read_thumbnail(BytesSource(data)) is None


def test_long_preview_is_no_thumbnail() -> None:
    preview = THUMBNAIL.ljust(MAX_THUMBNAIL + 1, b"\0")
    data = png(chunk(b"eXIf", exif_with_thumbnail(preview)))

    assert properties_of(data).has_thumbnail is None


def test_content_of_a_tiffs_thumbnail_is_checked_when_it_is_read() -> None:
    data = tiff_with_thumbnail(8)

    assert properties_of(data).has_thumbnail is True
    assert read_thumbnail(BytesSource(data)) is None


def test_thumbnail_of_a_file_that_was_cut_short_is_read() -> None:
    data = jpeg(app1_exif(BLOCK), end=b"")

    assert read_thumbnail(BytesSource(data)) == THUMBNAIL


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"text", b"\xff\xd8"])
def test_other_files_have_no_thumbnail(data: bytes) -> None:
    assert read_thumbnail(BytesSource(data)) is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_directory_that_points_to_itself_has_no_thumbnail(order: Order) -> None:
    block = exif_with_thumbnail(THUMBNAIL, order=order)
    block = block[:22] + struct.pack(order + "I", 8) + block[26:]

    assert read_thumbnail(BytesSource(jpeg(app1_exif(block)))) is None
