import pytest

from imgmeta.formats.registry import FORMATS, SIGNATURE_LENGTH, find_format
from support.images.jxl_files import jxl_files
from support.images.raw_files import RAW_FORMATS, raw_files
from support.images.samples import box, sample_files

LIKE_A_TIFF = {"3FR", "ARW", "DNG", "NEF", "NRW", "PEF", "SR2", "SRW"}
"""Raw formats without a signature, which the parser of TIFF files identifies."""


@pytest.mark.parametrize("name", sorted(sample_files()))
def test_format_is_found_by_the_signature(name: str) -> None:
    expected = name.partition("-")[0].upper()

    image_format = find_format(sample_files()[name][:SIGNATURE_LENGTH])

    assert image_format is not None
    assert (image_format.name, image_format.mime_type) == (expected, f"image/{expected.lower()}")


@pytest.mark.parametrize("name", sorted(jxl_files() | raw_files()))
def test_raw_format_or_jpeg_xl_is_found_by_the_signature_if_it_has_one(name: str) -> None:
    data = (jxl_files() | raw_files())[name]
    expected = name.partition("-")[0].upper()

    image_format = find_format(data[:SIGNATURE_LENGTH])

    assert image_format is not None
    if expected in LIKE_A_TIFF:
        assert image_format.name == "TIFF"
    else:
        assert image_format.name == expected
        assert image_format.mime_type == RAW_FORMATS.get(expected, "image/jxl")


def test_every_format_has_a_sample_file() -> None:
    files = sample_files() | jxl_files() | raw_files()
    samples = {name.partition("-")[0].upper() for name in files}

    assert samples == {image_format.name for image_format in FORMATS} | LIKE_A_TIFF


@pytest.mark.parametrize(
    ("major", "compatible", "expected"),
    [
        (b"heic", b"mif1", "HEIC"),
        (b"mif1", b"heic", "HEIC"),
        (b"mif1", b"avif", "AVIF"),
        (b"avif", b"heic", "AVIF"),
        (b"mif1", b"miaf", "HEIC"),
        (b"isom", b"mp41", None),
    ],
)
def test_brands_determine_the_heif_format(
    major: bytes, compatible: bytes, expected: str | None
) -> None:
    image_format = find_format(box(b"ftyp", major, bytes(4), compatible))

    assert (image_format.name if image_format else None) == expected


@pytest.mark.parametrize(
    "start",
    [b"", b"BM", b"BM" + bytes(62), b"RIFF\0\0\0\0WAVE", b"\0\0\0\x10freeheic\0\0\0\0mif1"],
    ids=["empty", "short-bmp", "bmp-header-size", "wave", "brand-without-ftyp"],
)
def test_other_files_have_no_format(start: bytes) -> None:
    assert find_format(start) is None
