import io
import random
import subprocess
import sys
import tracemalloc

import pytest
from PIL import Image

from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import TransientError
from support.images.byte_sources import Bytes, Failing, Sparse
from support.images.hostile_files import icns_of_blocks, shared_value, strips
from support.images.samples import (
    HEVC_8_BIT,
    VP8,
    app1_exif,
    exif,
    frame,
    heif,
    ispe,
    jpeg,
    png,
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
    properties = PillowPropertyReader().read(Bytes(_saved(name)))

    assert isinstance(properties, ImageProperties)
    assert (properties.format, properties.mime_type) == (name, mime_type)
    assert (properties.width, properties.height) == (32, 32)
    assert properties.frame_count == 1


def test_a_netpbm_header_without_an_end_is_not_read_to_the_end() -> None:
    source = Bytes(b"P6\n" + b"#" * 5_000_000)

    assert isinstance(PillowPropertyReader().read(source), Unreadable)
    assert source.fetched <= 128 * 1024


def test_heic_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    data = heif([ispe(), HEVC_8_BIT], brand=b"heic", coding=b"hvc1")

    result = PillowPropertyReader().read(Bytes(data))

    assert result == Unreadable(reason="this is HEIC: pip install 'imgmeta[heic]'")


def test_more_pixels_than_pillow_opens_are_a_reason_not_a_warning() -> None:
    large = png(size=(30_000, 30_000))
    largest = png(size=(10_000, 10_000))

    for data in (large, largest):
        result = PillowPropertyReader().read(Bytes(data))
        assert result == Unreadable(reason="an image of more pixels than Pillow opens")


def test_a_multi_picture_jpeg_is_one_image() -> None:
    file = io.BytesIO()
    images = [Image.new("RGB", (48, 32)), Image.new("RGB", (24, 16))]
    images[0].save(file, "MPO", save_all=True, append_images=images[1:])

    properties = PillowPropertyReader().read(Bytes(file.getvalue()))

    assert isinstance(properties, ImageProperties)
    assert (properties.format, properties.mime_type) == ("JPEG", "image/jpeg")
    assert properties.frame_count == 1


def test_a_broken_plugin_s_exception_is_a_reason() -> None:
    broken = b"P6\n" + b"9" * 30 + b" 1\n255\n"

    result = PillowPropertyReader().read(Bytes(broken))

    assert isinstance(result, Unreadable)
    assert result.reason.startswith("Pillow cannot read it: ")


def test_the_store_s_failure_is_not_taken_for_pillow_s() -> None:
    data = jpeg(app1_exif(exif()), end=frame())

    with pytest.raises(TransientError):
        PillowPropertyReader().read(Failing(data, size=10**6))


def _read(content: Bytes | Sparse) -> tuple[ImageProperties | Unreadable, int]:
    """Return what the reader says, and the peak of the memory that it took."""
    PillowPropertyReader().read(Bytes(_saved("TIFF")))
    tracemalloc.start()
    try:
        result = PillowPropertyReader().read(content)
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_header_read_byte_by_byte_is_given_up_after_2_mib() -> None:
    source = Bytes(b"P6\n#" + b"a" * 8_000_000 + b"\n40 30\n255\n")

    result = PillowPropertyReader().read(source)

    assert result == Unreadable(reason="a file whose header is longer than Pillow may read")
    assert source.fetched < 2.2 * 1024 * 1024


@pytest.mark.parametrize(
    "data",
    [strips(4, 300_000), strips(3, 300_000), strips(3, 100_000), icns_of_blocks(500_000)],
    ids=["long", "short", "allowed", "blocks"],
)
def test_what_pillow_keeps_in_detail_takes_little_memory(data: bytes) -> None:
    _, peak = _read(Bytes(data))

    assert peak < 32 * 1024 * 1024


def test_what_is_read_again_counts_again() -> None:
    result, peak = _read(Sparse(3 * 1024**3, {0: shared_value(tags=400, length=100_000)}))

    assert isinstance(result, Unreadable)
    assert peak < 8 * 1024 * 1024


def test_a_file_that_pillow_reads_whole_may_be_longer() -> None:
    noise = random.Random(1).randbytes(3_000_000)
    file = io.BytesIO()
    Image.frombytes("RGB", (1000, 1000), noise).save(file, "WEBP", lossless=True, method=0)
    assert len(file.getvalue()) > 2.5 * 1024 * 1024

    result = PillowPropertyReader().read(Bytes(file.getvalue()))

    assert isinstance(result, ImageProperties)


def test_a_file_too_long_to_be_read_whole_is_not_fetched() -> None:
    source = Sparse(3 * 1024**3, {0: webp(VP8)})

    result = PillowPropertyReader().read(source)

    assert result == Unreadable(
        reason="a file that Pillow reads whole, which is longer than 16,777,216 bytes"
    )
    assert source.fetched < 1024 * 1024


def test_pillow_is_imported_on_the_first_read() -> None:
    program = """
import sys
from imgmeta.adapters.pillow import PillowPropertyReader
PillowPropertyReader()
sys.exit("PIL" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == 0
