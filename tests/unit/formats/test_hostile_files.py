"""Files made to cost time or memory."""

import struct
import tracemalloc
from collections.abc import Callable

import pytest

from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from support.images.byte_sources import Bytes, Sparse
from support.images.hostile_files import BOMB, ENTITIES, app_segments
from support.images.samples import (
    SIZE,
    app1_exif,
    app1_xmp,
    box,
    chunk,
    ciff,
    exif,
    frame,
    full,
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

LOOP = b"II*\0\x08\0\0\0" + struct.pack("<HHHIIHHIII", 2, 0x8769, 4, 1, 8, 0x8825, 4, 1, 8, 8)
LIES = tiff({**SIZE, 0x010F: (2, b"Acme Corporation\0")}).replace(
    struct.pack("<HHI", 0x010F, 2, 17), struct.pack("<HHI", 0x010F, 2, 2**32 - 1)
)


def _deep_boxes() -> bytes:
    data = b""
    for _ in range(2000):
        data = box(b"meta", data)
    return box(b"ftyp", b"avif", bytes(4)) + full(b"meta", box(b"iprp", data))


CASES: dict[str, Callable[[], Bytes | Sparse]] = {
    "png of absurd size": lambda: Bytes(png(size=(2**31 - 1, 2**31 - 1))),
    "png profile bomb": lambda: Bytes(png(*[chunk(b"iCCP", b"a\0\0" + BOMB)] * 50)),
    "png exif bomb": lambda: Bytes(
        png(*[chunk(b"zTXt", b"Raw profile type exif\0\0" + BOMB)] * 50)
    ),
    "png xmp bomb": lambda: Bytes(
        png(*[chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB)] * 50)
    ),
    "jpeg of entities": lambda: Bytes(jpeg(app1_xmp(ENTITIES))),
    "jpeg of nested elements": lambda: Bytes(jpeg(app1_xmp(b"<a:Make>" * 8000))),
    "jpeg of application segments": lambda: Sparse(*app_segments()),
    "jpeg of markers": lambda: Bytes(b"\xff\xd8" + b"\xff\x01" * 2_000_000),
    "jpeg of stuffing": lambda: Bytes(b"\xff\xd8" + b"\xff\0" * 2_000_000),
    "jpeg of exif blocks": lambda: Bytes(jpeg(*[app1_exif(exif())] * 4000)),
    "jpeg of exif parts": lambda: Bytes(jpeg(*[app1_exif(bytes(60_000))] * 60)),
    "jpeg of profile parts": lambda: Bytes(
        jpeg(*[segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) * 30_000) for n in range(200)])
    ),
    "jpeg of ciff heaps": lambda: Bytes(
        jpeg(*[segment(0xE0, ciff({0x2807 + n: b"\xff" * 100 for n in range(500)}))] * 100)
    ),
    "jpeg of picture texts": lambda: Bytes(
        jpeg(*[segment(0xEC, b"Shutter=F" * 7000), segment(0xEC, b"x=" * 30_000)] * 50)
    ),
    "exif loop": lambda: Bytes(jpeg(app1_exif(LOOP))),
    "exif lengths": lambda: Bytes(jpeg(app1_exif(LIES))),
    "tiff loop": lambda: Bytes(LOOP),
    "tiff lengths": lambda: Bytes(LIES),
    "tiff of pages": lambda: Bytes(tiff(SIZE, pages=1200)),
    "tiff of entries": lambda: Bytes(b"II*\0\x08\0\0\0\xff\xff" + b"\0\1\4\0" * 300_000),
    "webp of chunks": lambda: Bytes(webp(vp8x(), *[riff(b"EXIF", b"II*\0")] * 50_000)),
    "deep boxes": lambda: Bytes(_deep_boxes()),
    "heic of items": lambda: Bytes(
        box(b"ftyp", b"heic", bytes(4))
        + full(
            b"meta",
            full(b"iloc", b"\0\0\xff\xff", b"\xff" * 900_000),
            full(b"iref", box(b"auxl", b"\0\1\0\1\0\1") * 10_000),
            box(b"iprp", full(b"ipma", b"\xff\xff\xff\xff", bytes(300_000))),
        )
    ),
    "heif of large claims": lambda: Sparse(
        2**40, {0: heif([ispe()]).replace(b"\0\0\0\x14ispe", b"\xff\xff\xff\xffispe")}
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_little_is_fetched_and_little_kept(case: str) -> None:
    source = CASES[case]()
    reader = HeaderPropertyReader()
    reader.read(Bytes(jpeg()))
    tracemalloc.start()
    try:
        result = reader.read(source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(result, ImageProperties | Unreadable)
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= MAX_REQUESTS
    assert peak < 24 * 1024 * 1024


def test_an_absurd_size_is_reported_not_allocated() -> None:
    result = HeaderPropertyReader().read(Bytes(png(size=(2**31 - 1, 2**31 - 1))))

    assert isinstance(result, ImageProperties)
    assert result.width == 2**31 - 1


def test_a_lying_length_takes_nothing_from_its_neighbours() -> None:
    result = HeaderPropertyReader().read(Bytes(LIES))

    assert isinstance(result, ImageProperties)
    assert result.width == 40


def test_an_entity_is_never_expanded() -> None:
    result = HeaderPropertyReader().read(Bytes(jpeg(app1_xmp(ENTITIES), end=frame())))

    assert isinstance(result, ImageProperties)
    assert result.camera_make is None
