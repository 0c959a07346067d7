import io
import random
import struct
import subprocess
import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import TransientError
from imgmeta.testing.byte_sources import BytesSource, FailingSource, SparseSource
from support.images.hostile_files import icns_of_blocks, shared_value, strips
from support.images.samples import (
    HEVC_8_BIT,
    IMAGE,
    LONG,
    SHORT,
    VP8,
    app1_exif,
    chunk,
    exif,
    frame,
    heif,
    ispe,
    jpeg,
    png,
    segment,
    tiff,
    webp,
)


def _saved(name: str, mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (32, 32)).save(file, name)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("TGA", "image/x-tga"),
        ("PPM", "image/x-portable-pixmap"),
        ("PCX", "image/x-pcx"),
        ("ICO", "image/x-icon"),
        ("JPEG2000", "image/jp2"),
        ("DDS", "image/x-dds"),
    ],
)
def test_other_formats_are_read(name: str, mime_type: str) -> None:
    properties = PillowPropertyReader().read(BytesSource(_saved(name)))

    assert isinstance(properties, ImageProperties)
    assert (properties.format, properties.mime_type) == (name, mime_type)
    assert (properties.width, properties.height) == (32, 32)
    assert properties.frame_count == 1


def test_endless_netpbm_header_is_abandoned() -> None:
    source = BytesSource(b"P6\n" + b"#" * 5_000_000)

    assert isinstance(PillowPropertyReader().read(source), Unreadable)
    assert source.fetched <= 128 * 1024


def test_heic_without_the_extra_is_unreadable_with_an_install_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    data = heif([ispe(), HEVC_8_BIT], brand=b"heic", coding=b"hvc1")

    result = PillowPropertyReader().read(BytesSource(data))

    assert result == Unreadable(reason="cannot read HEIC: pip install 'imgmeta[heic]'")


def test_image_over_pillow_s_pixel_limit_is_unreadable() -> None:
    large = png(size=(30_000, 30_000))
    largest = png(size=(10_000, 10_000))

    for data in (large, largest):
        result = PillowPropertyReader().read(BytesSource(data))
        assert result == Unreadable(reason="an image with more pixels than Pillow allows")


def test_multi_picture_jpeg_has_one_frame() -> None:
    file = io.BytesIO()
    images = [Image.new("RGB", (48, 32)), Image.new("RGB", (24, 16))]
    images[0].save(file, "MPO", save_all=True, append_images=images[1:])

    properties = PillowPropertyReader().read(BytesSource(file.getvalue()))

    assert isinstance(properties, ImageProperties)
    assert (properties.format, properties.mime_type) == ("JPEG", "image/jpeg")
    assert properties.frame_count == 1


def _animated_gif(frames: int) -> bytes:
    file = io.BytesIO()
    images = [Image.new("L", (32, 32), shade * 9) for shade in range(frames)]
    images[0].save(file, "GIF", save_all=True, append_images=images[1:])
    return file.getvalue()


def test_frame_count_of_a_truncated_animation_is_unknown() -> None:
    data = _animated_gif(6)

    complete = PillowPropertyReader().read(BytesSource(data))
    truncated = PillowPropertyReader().read(BytesSource(data[: len(data) * 2 // 3]))

    assert isinstance(complete, ImageProperties)
    assert complete.frame_count == 6
    assert isinstance(truncated, ImageProperties)
    assert truncated.frame_count is None


def test_frame_count_that_does_not_fit_into_the_file_is_unknown() -> None:
    properties = PillowPropertyReader().read(
        BytesSource(png(chunk(b"acTL", struct.pack(">II", 1_000_000, 0))))
    )

    assert isinstance(properties, ImageProperties)
    assert properties.frame_count is None


def _tiff_pages(last_offset: int) -> bytes:
    """Return a TIFF of two pages, the last of which points to a directory at this offset."""
    pages = tiff({**IMAGE, 259: (SHORT, [1]), 273: (LONG, [8]), 278: (LONG, [30])}, pages=2)
    directory_end = pages.index(struct.pack("<HHII", 278, 4, 1, 30), len(pages) // 2) + 12
    return pages[:directory_end] + struct.pack("<I", last_offset) + pages[directory_end + 4 :]


@pytest.mark.parametrize(
    ("last_offset", "count"), [(0, 2), (8, None), (10**6, None)], ids=["end", "loop", "cut"]
)
def test_page_count_of_a_circular_or_truncated_tiff_is_unknown(
    last_offset: int, count: int | None
) -> None:
    properties = PillowPropertyReader().read(BytesSource(_tiff_pages(last_offset)))

    assert isinstance(properties, ImageProperties)
    assert properties.frame_count == count


def test_file_of_many_small_segments_is_abandoned() -> None:
    result, peak = _read(BytesSource(jpeg(segment(0xEF, b"") * 1_000_000)))

    assert result == Unreadable(reason="a file whose header exceeds the limit for Pillow")
    assert peak < 2 * 1024 * 1024


def test_at_most_two_files_are_read_at_once() -> None:
    reader = PillowPropertyReader()
    reading: list[int] = []
    most: list[int] = []

    class SlowSource(BytesSource):
        def read(self, offset: int, length: int) -> bytes:
            if offset:
                reading.append(1)
                most.append(len(reading))
                time.sleep(0.01)
                reading.pop()
            return super().read(offset, length)

    sources = [SlowSource(jpeg(segment(0xEF, bytes(60_000)) * 4)) for _ in range(8)]
    with ThreadPoolExecutor(len(sources)) as threads:
        results = list(threads.map(reader.read, sources))

    assert all(isinstance(result, ImageProperties) for result in results)
    assert max(most) <= 2


def test_plugin_exception_becomes_the_reason() -> None:
    broken = b"P6\n" + b"9" * 30 + b" 1\n255\n"

    result = PillowPropertyReader().read(BytesSource(broken))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("Pillow cannot read it: ")


def test_error_of_the_object_store_is_raised() -> None:
    data = jpeg(app1_exif(exif()), end=frame())

    with pytest.raises(TransientError):
        PillowPropertyReader().read(FailingSource(data, size=10**6))


def _read(content: BytesSource | SparseSource) -> tuple[ImageProperties | Unreadable, int]:
    """Return the reader's result and its peak memory use in bytes."""
    PillowPropertyReader().read(BytesSource(_saved("TIFF")))
    tracemalloc.start()
    try:
        result = PillowPropertyReader().read(content)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_long_netpbm_comment_is_abandoned_after_2_mib() -> None:
    source = BytesSource(b"P6\n#" + b"a" * 8_000_000 + b"\n40 30\n255\n")

    result = PillowPropertyReader().read(source)

    assert result == Unreadable(reason="a file whose header exceeds the limit for Pillow")
    assert source.fetched < 2.2 * 1024 * 1024


@pytest.mark.parametrize(
    "data",
    [strips(4, 300_000), strips(3, 300_000), strips(3, 100_000), icns_of_blocks(500_000)],
    ids=["long", "short", "allowed", "blocks"],
)
def test_memory_for_tiff_strips_and_icns_blocks_is_bounded(data: bytes) -> None:
    _, peak = _read(BytesSource(data))

    assert peak < 32 * 1024 * 1024


def test_repeated_reads_count_toward_the_limit() -> None:
    result, peak = _read(SparseSource(3 * 1024**3, {0: shared_value(tags=400, length=100_000)}))

    assert isinstance(result, Unreadable)
    assert peak < 8 * 1024 * 1024


def test_webp_longer_than_2_mib_is_read() -> None:
    noise = random.Random(1).randbytes(3_000_000)
    file = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), noise).save(file, "WEBP", lossless=True, method=0)
    assert len(file.getvalue()) > 2.5 * 1024 * 1024

    result = PillowPropertyReader().read(BytesSource(file.getvalue()))

    assert isinstance(result, ImageProperties)


def test_webp_longer_than_16_mib_is_not_fetched() -> None:
    source = SparseSource(3 * 1024**3, {0: webp(VP8)})

    result = PillowPropertyReader().read(source)

    assert result == Unreadable(
        reason="a file longer than 16,777,216 bytes, in a format that Pillow reads completely"
    )
    assert source.fetched < 1024 * 1024


def test_pillow_is_imported_on_the_first_read() -> None:
    program = """
import sys
from imgmeta.adapters.pillow import PillowPropertyReader
PillowPropertyReader()
sys.exit("PIL" in sys.modules)
"""
    process = subprocess.run([sys.executable, "-c", program], check=False)

    assert process.returncode == 0
