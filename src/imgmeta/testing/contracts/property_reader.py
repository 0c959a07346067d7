"""The contract of the PropertyReader port, tested against every adapter."""

import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from types import FrameType

import pytest

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import TransientError
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from support.images.hostile_files import HOSTILE
from support.images.samples import (
    CAMERA,
    GIF_FRAME,
    app1_exif,
    exif,
    gif,
    jpeg,
    png,
    sample_files,
    tiff,
)

READERS: dict[str, Callable[[], PropertyReader]] = {
    "headers": HeaderPropertyReader,
    "headers-then-pillow": lambda: HeaderPropertyReader(PillowPropertyReader()),
    "pillow": PillowPropertyReader,
}
COMMON_SAMPLES = ("jpeg", "jpeg-bare", "png", "gif", "bmp")


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> PropertyReader:
    make: Callable[[], PropertyReader] = READERS[request.param]
    return make()


def test_version_is_a_positive_number(reader: PropertyReader) -> None:
    assert reader.version >= 1


@pytest.mark.parametrize("name", COMMON_SAMPLES)
def test_image_has_format_media_type_and_size(reader: PropertyReader, name: str) -> None:
    properties = reader.read(BytesSource(sample_files()[name]))

    assert isinstance(properties, ImageProperties)
    assert properties.format == name.partition("-")[0].upper()
    assert properties.mime_type == f"image/{name.partition('-')[0]}"
    assert (properties.width, properties.height) == (40, 30)
    rotated = name in {"jpeg", "png"}
    shown = (properties.display_width, properties.display_height)
    assert shown == ((30, 40) if rotated else (40, 30))


@pytest.mark.parametrize("name", ["jpeg", "png"])
def test_camera_and_location_are_returned(reader: PropertyReader, name: str) -> None:
    properties = reader.read(BytesSource(sample_files()[name]))

    assert isinstance(properties, ImageProperties)
    assert properties.camera_make == "Acme Corporation"
    assert properties.latitude == pytest.approx(-33.875)
    assert properties.longitude == pytest.approx(151.2)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"just some text", b"\xff\xd8", b"\x89PNG\r\n\x1a\n", b"II*\0", b"BM", b"GIF89a"],
    ids=repr,
)
def test_invalid_file_is_unreadable_with_a_reason(reader: PropertyReader, data: bytes) -> None:
    result = reader.read(BytesSource(data))

    assert isinstance(result, Unreadable)
    assert result.reason


def test_damaged_metadata_is_absent_and_does_not_affect_the_size(reader: PropertyReader) -> None:
    properties = reader.read(BytesSource(jpeg(app1_exif(exif()[:20]))))

    assert isinstance(properties, ImageProperties)
    assert properties.width == 40
    assert properties.camera_make is None
    assert properties.taken_at is None


def test_pixels_are_not_decoded(reader: PropertyReader) -> None:
    undecodable = png(pixels=[b"not compressed data"])

    assert isinstance(reader.read(BytesSource(undecodable)), ImageProperties)


@pytest.mark.parametrize("name", ["jpeg", "jpeg-bare", "png", "gif"])
def test_completeness_of_whole_and_cut_files_is_right_or_unknown(
    reader: PropertyReader, name: str
) -> None:
    data = sample_files()[name]
    whole, cut = reader.read(BytesSource(data)), reader.read(BytesSource(data[:-1]))

    assert isinstance(whole, ImageProperties)
    assert whole.complete in {True, None}
    assert isinstance(cut, Unreadable) or cut.complete in {False, None}


def test_only_the_header_and_the_end_are_fetched(reader: PropertyReader) -> None:
    source = SparseSource(3 * 2**30, {0: jpeg(app1_exif(exif()))})

    assert isinstance(reader.read(source), ImageProperties)
    assert source.fetched <= 256 * 1024


@pytest.mark.parametrize(
    "head",
    [
        b"\xff\xd8" + b"\xff\xe1\xff\xff" * 8,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR",
        gif(GIF_FRAME, end=b""),
        b"II*\0\xff\xff\xff\xbf",
        b"RIFF\xff\xff\xff\xffWEBPVP8X\xff\xff\xff\xff",
    ],
    ids=["jpeg", "png", "gif", "tiff", "webp"],
)
def test_fetched_bytes_and_requests_are_bounded(reader: PropertyReader, head: bytes) -> None:
    source = SparseSource(10 * 2**40, {0: head})

    assert isinstance(reader.read(source), ImageProperties | Unreadable)
    # A reader with a fallback may read the file twice.
    assert source.fetched <= 2 * MAX_FETCHED
    assert len(source.ranges) <= 2 * MAX_REQUESTS


@cache
def _hostile(name: str) -> bytes:
    content = HOSTILE[name]()
    assert isinstance(content, bytes)
    return content


@pytest.mark.parametrize(
    "name", ["segments.jpg", "chunks.png", "comment.gif", "associations.heic", "references.heic"]
)
def test_work_for_a_file_of_many_small_parts_is_bounded(reader: PropertyReader, name: str) -> None:
    source = BytesSource(_hostile(name))
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    reader.read(BytesSource(jpeg()))
    sys.setprofile(count)
    try:
        result = reader.read(source)
    finally:
        sys.setprofile(None)

    assert isinstance(result, ImageProperties | Unreadable)
    # A few calls for each of 100,000 parts of the file.
    assert calls < 800_000


HUNGRY = (
    *("profile-bomb.png", "exif-bomb.png", "xmp-bomb.png", "texts.png"),
    *("associations.heic", "header-jp2.jpg", "strips.tif", "blocks-icns.png"),
)
"""Files for which a reader takes the most memory."""


def test_memory_of_32_threads_with_hostile_files_is_bounded(reader: PropertyReader) -> None:
    sources = [BytesSource(_hostile(name)) for name in HUNGRY for _ in range(4)]
    reader.read(BytesSource(tiff(CAMERA)))
    tracemalloc.start()
    try:
        with ThreadPoolExecutor(len(sources)) as threads:
            results = list(threads.map(reader.read, sources))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(results) == 32
    assert all(isinstance(result, ImageProperties | Unreadable) for result in results)
    assert peak < 192 * 1024 * 1024
    for source in sources:
        # A reader with a fallback may read the file twice.
        assert source.fetched <= 2 * MAX_FETCHED
        assert len(source.ranges) <= 2 * MAX_REQUESTS


@pytest.mark.parametrize("size", [0, 12])
def test_error_of_the_object_store_is_raised(reader: PropertyReader, size: int) -> None:
    with pytest.raises(TransientError, match="did not answer"):
        reader.read(FailingSource(jpeg()[:size], size=1_000_000))


def test_size_of_a_tiff_is_that_of_its_first_page(reader: PropertyReader) -> None:
    pages = tiff(
        {
            **CAMERA,
            256: (4, [40]),
            257: (4, [30]),
            258: (3, [8]),
            259: (3, [1]),
            262: (3, [1]),
            273: (4, [0]),
            277: (3, [1]),
            278: (4, [30]),
            279: (4, [1200]),
        },
        pages=2,
    )
    properties = reader.read(BytesSource(pages))

    assert isinstance(properties, ImageProperties)
    assert properties.frame_count == 2
    assert (properties.width, properties.display_width) == (40, 30)
