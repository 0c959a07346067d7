"""Metadata that exceeds a limit is reported as partial in every format."""

import struct

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.jxl_files import codestream, container, exif_box
from support.images.samples import (
    BYTE,
    GIF_FRAME,
    LONG,
    SHORT,
    VP8,
    XMP,
    app1_exif,
    app1_xmp,
    box,
    exif,
    frame,
    gif,
    heif,
    ispe,
    jpeg,
    riff,
    segment,
    tiff,
    vp8x,
    webp,
)

MIB = 1024 * 1024
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40
SIZE = {256: (SHORT, [40]), 257: (SHORT, [30])}
BIG_FRAME = GIF_FRAME[:10] + b"\x08" + (b"\xff" + b"\x55" * 255) * 20_000 + b"\0"


def is_partial(data: bytes) -> bool | None:
    result = HeaderPropertyReader().read(BytesSource(data, is_local=True))
    assert isinstance(result, ImageProperties), result
    return result.partial_metadata


@pytest.mark.parametrize(
    "data",
    [
        jpeg(*[app1_exif(exif())] * 17),
        jpeg(app1_xmp(XMP), segment(0xE1, EXTENDED + b'<x exif:DateTimeOriginal="2020">')),
        webp(vp8x(), VP8, riff(b"EXIF", exif() + bytes(MIB))),
        webp(vp8x(), VP8, riff(b"XMP ", XMP + bytes(MIB))),
        tiff(SIZE | {700: (BYTE, XMP + bytes(MIB))}),
        tiff(SIZE | {33723: (LONG, [0] * 17_000)}),
        gif(GIF_FRAME, b"!\xff\x0bXMP DataXMP" + XMP + b"\xff" * 140_000, end=b""),
        gif(BIG_FRAME),
        heif([ispe()], exif_block=exif() + bytes(MIB)),
        heif([ispe()], packet=XMP + bytes(MIB)),
        heif([ispe()], exif_block=exif() + bytes(MIB), in_idat=False),
        heif([ispe()], packet=XMP + bytes(MIB), in_idat=False),
        webp(vp8x(), VP8, riff(b"JUNK", b"") * 100_000, riff(b"EXIF", exif())),
        container(box(b"jxlc", codestream()), box(b"free") * 300, exif_box(exif())),
    ],
    ids=[
        *("EXIF blocks", "extended XMP", "WebP EXIF", "WebP XMP", "TIFF XMP", "TIFF IPTC"),
        *("GIF XMP", "GIF after 4 MiB", "HEIF EXIF", "HEIF XMP"),
        *("HEIF EXIF in mdat", "HEIF XMP in mdat"),
        *("WebP chunks", "JPEG XL boxes"),
    ],
)
def test_metadata_over_a_limit_is_reported(data: bytes) -> None:
    assert is_partial(data) is True


@pytest.mark.parametrize(
    "data",
    [
        jpeg(*[app1_exif(exif())] * 16),
        jpeg(segment(0xE1, EXTENDED + b'<x GDepth:Data="AAAA">')),
        webp(vp8x(), VP8, riff(b"EXIF", exif()), riff(b"XMP ", XMP)),
        tiff(SIZE | {700: (BYTE, XMP)}),
        gif(GIF_FRAME, b"!\xff\x0bXMP DataXMP" + XMP + b"\1\xff\xfe\0\0"),
        gif(b"!\xff\x0bXMP DataXMP" + XMP + b"\1\xff\xfe\0\0", BIG_FRAME),
        gif(GIF_FRAME, GIF_FRAME[:-1], end=b""),
        gif(GIF_FRAME, end=b"!"),
        heif([ispe()], exif_block=exif(), packet=XMP),
        jpeg(app1_exif(exif()))[:-3],
    ],
    ids=[
        "EXIF",
        "depth map",
        "WebP",
        "TIFF",
        "GIF",
        "long GIF",
        "cut GIF",
        "GIF label",
        "HEIF",
        "cut JPEG",
    ],
)
def test_metadata_within_the_limits_is_not_partial(data: bytes) -> None:
    assert is_partial(data) is None


def test_garbage_beyond_the_limit_leaves_the_rest_of_a_jpeg_unread() -> None:
    assert is_partial(b"\xff\xd8" + frame() + bytes(1_200_000)) is True


def test_blocks_beyond_the_budget_are_reported() -> None:
    chunks = {12: vp8x()}
    start = 12 + len(vp8x())
    for number in range(300):
        chunks[start + number * 10**6] = struct.pack("<4sI", b"ANMF", 10**6 - 8)
    source = SparseSource(10**9, {0: b"RIFF\0\0\0\0WEBP"} | chunks)

    result = HeaderPropertyReader().read(source)

    assert isinstance(result, ImageProperties)
    assert result.partial_metadata is True


def test_items_that_are_built_from_other_items_are_reported() -> None:
    data = heif([ispe()], exif_block=exif())
    # The construction method of the second item: from the data of another item.
    position = data.index(struct.pack(">HHHH", 2, 1, 0, 1))

    assert is_partial(data[:position] + struct.pack(">HH", 2, 2) + data[position + 4 :]) is True
