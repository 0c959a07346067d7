"""Files designed to consume time or memory."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from support.images.hostile_files import BOMB, ENTITIES, HOSTILE, app_segments
from support.images.samples import (
    IMAGE,
    app1_exif,
    app1_xmp,
    box,
    chunk,
    ciff,
    exif,
    frame,
    full_box,
    heif,
    ispe,
    jpeg,
    png,
    riff,
    segment,
    tiff,
    vp8x,
    webp,
)

CIRCULAR = b"II*\0\x08\0\0\0" + struct.pack("<HHHIIHHIII", 2, 0x8769, 4, 1, 8, 0x8825, 4, 1, 8, 8)
INVALID_LENGTH = tiff({**IMAGE, 0x010F: (2, b"Acme Corporation\0")}).replace(
    struct.pack("<HHI", 0x010F, 2, 17), struct.pack("<HHI", 0x010F, 2, 2**32 - 1)
)


def _hostile(name: str) -> BytesSource:
    content = HOSTILE[name]()
    assert isinstance(content, bytes)
    return BytesSource(content)


def _deep_boxes() -> bytes:
    data = b""
    for _ in range(2000):
        data = box(b"meta", data)
    return box(b"ftyp", b"avif", bytes(4)) + full_box(b"meta", box(b"iprp", data))


CASES: dict[str, Callable[[], BytesSource | SparseSource]] = {
    "png with a huge size": lambda: BytesSource(png(size=(2**31 - 1, 2**31 - 1))),
    "png profile bomb": lambda: BytesSource(png(*[chunk(b"iCCP", b"a\0\0" + BOMB)] * 50)),
    "png exif bomb": lambda: BytesSource(
        png(*[chunk(b"zTXt", b"Raw profile type exif\0\0" + BOMB)] * 50)
    ),
    "png profile of short lines": lambda: BytesSource(
        png(
            *[
                chunk(
                    b"zTXt",
                    b"Raw profile type exif\0\0"
                    + zlib.compress(b"\nexif\n 8000000\n" + b"4d\n" * 1_400_000),
                )
            ]
            * 5
        )
    ),
    "png xmp bomb": lambda: BytesSource(
        png(*[chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB)] * 50)
    ),
    "jpeg of entities": lambda: BytesSource(jpeg(app1_xmp(ENTITIES))),
    "jpeg of nested elements": lambda: BytesSource(jpeg(app1_xmp(b"<a:Make>" * 8000))),
    "jpeg of application segments": lambda: SparseSource(*app_segments()),
    "jpeg of markers": lambda: BytesSource(b"\xff\xd8" + b"\xff\x01" * 2_000_000),
    "jpeg of stuffing": lambda: BytesSource(b"\xff\xd8" + b"\xff\0" * 2_000_000),
    "jpeg of exif blocks": lambda: BytesSource(jpeg(*[app1_exif(exif())] * 4000)),
    "jpeg of exif parts": lambda: BytesSource(jpeg(*[app1_exif(bytes(60_000))] * 60)),
    "jpeg of profile parts": lambda: BytesSource(
        jpeg(*[segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) * 30_000) for n in range(200)])
    ),
    "jpeg of ciff heaps": lambda: BytesSource(
        jpeg(*[segment(0xE0, ciff({0x2807 + n: b"\xff" * 100 for n in range(500)}))] * 100)
    ),
    "jpeg of app12 texts": lambda: BytesSource(
        jpeg(*[segment(0xEC, b"Shutter=F" * 7000), segment(0xEC, b"x=" * 30_000)] * 50)
    ),
    "exif loop": lambda: BytesSource(jpeg(app1_exif(CIRCULAR))),
    "exif lengths": lambda: BytesSource(jpeg(app1_exif(INVALID_LENGTH))),
    "tiff loop": lambda: BytesSource(CIRCULAR),
    "tiff lengths": lambda: BytesSource(INVALID_LENGTH),
    "tiff of pages": lambda: BytesSource(tiff(IMAGE, pages=1200)),
    "tiff of entries": lambda: BytesSource(b"II*\0\x08\0\0\0\xff\xff" + b"\0\1\4\0" * 300_000),
    "webp of chunks": lambda: BytesSource(webp(vp8x(), *[riff(b"EXIF", b"II*\0")] * 50_000)),
    "deep boxes": lambda: BytesSource(_deep_boxes()),
    "heic of items": lambda: BytesSource(
        box(b"ftyp", b"heic", bytes(4))
        + full_box(
            b"meta",
            full_box(b"iloc", b"\0\0\xff\xff", b"\xff" * 900_000),
            full_box(b"iref", box(b"auxl", b"\0\1\0\1\0\1") * 10_000),
            box(b"iprp", full_box(b"ipma", b"\xff\xff\xff\xff", bytes(300_000))),
        )
    ),
    "heif with huge box lengths": lambda: SparseSource(
        2**40, {0: heif([ispe()]).replace(b"\0\0\0\x14ispe", b"\xff\xff\xff\xffispe")}
    ),
    **{
        name: partial(_hostile, name)
        for name in (
            *("boxes.heic", "properties.heic", "items.heic", "locations.heic", "references.heic"),
            *("targets.heic", "associations.heic", "packets.gif"),
        )
    },
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_requests_bytes_and_memory_are_bounded(case: str) -> None:
    source = CASES[case]()
    reader = HeaderPropertyReader()
    reader.read(BytesSource(jpeg()))
    tracemalloc.start()
    try:
        result = reader.read(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(result, ImageProperties | Unreadable)
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= MAX_REQUESTS
    assert peak < 8 * 1024 * 1024


def test_huge_image_size_is_read_without_allocating_pixels() -> None:
    result = HeaderPropertyReader().read(BytesSource(png(size=(2**31 - 1, 2**31 - 1))))

    assert isinstance(result, ImageProperties)
    assert result.width == 2**31 - 1


def test_invalid_value_length_does_not_affect_other_tags() -> None:
    result = HeaderPropertyReader().read(BytesSource(INVALID_LENGTH))

    assert isinstance(result, ImageProperties)
    assert result.width == 40


def test_xml_entities_are_not_expanded() -> None:
    result = HeaderPropertyReader().read(BytesSource(jpeg(app1_xmp(ENTITIES), end=frame())))

    assert isinstance(result, ImageProperties)
    assert result.camera_make is None
