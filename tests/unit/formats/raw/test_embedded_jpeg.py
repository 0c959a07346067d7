import pytest

from imgmeta.formats.raw.embedded_jpeg import embedded_exif
from support.images.samples import app1_exif, app1_xmp, exif, jpeg, segment


def test_exif_block_is_found_after_other_segments() -> None:
    data = jpeg(segment(0xE0, b"JFIF\0"), app1_xmp(b"<x/>"), app1_exif(exif()))

    assert embedded_exif(data) == b"Exif\0\0" + exif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"GIF89a",
        jpeg(),
        jpeg(segment(0xE1, b"Exif")),
        b"\xff\xd8" + b"\xff\xe1\0\0" * 5000,
        b"\xff\xd8\0\xe1" + bytes(40),
        app1_exif(exif()),
    ],
    ids=["empty", "start", "gif", "no-exif", "short", "zero-lengths", "no-marker", "no-start"],
)
def test_other_data_has_no_exif_block(data: bytes) -> None:
    assert embedded_exif(data) == b""


def test_truncated_block_has_the_available_bytes() -> None:
    data = jpeg(app1_exif(exif()))

    assert embedded_exif(data[:40]) == (b"Exif\0\0" + exif())[:34]
