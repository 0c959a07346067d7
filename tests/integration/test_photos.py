"""Agreement with ExifTool on the example photos and on a folder of real camera photos.

exiftool_answers.json is ExifTool 12.57's output for the example photos. After drawing them again,
regenerate it from the folder `examples` and review its diff:

    exiftool -j -n -r -FileSize -FileType -MIMEType -ImageWidth -ImageHeight -Orientation \\
        -Make -Model -LensModel -DateTimeOriginal -ExposureTime -FNumber -ISO -FocalLength \\
        -GPSLatitude -GPSLongitude -GPSAltitude photos > ../tests/exiftool_answers.json
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
EXAMPLE_PHOTOS: list[dict[str, Any]] = json.loads(
    (TESTS / "exiftool_answers.json").read_text("utf-8")
)

FOLDER = Path(
    os.environ.get("IMGMETA_TEST_PHOTOS")
    or Path(__file__).resolve().parents[2].parent / "shared" / "photos"
)

TAGS = {
    "format": "FileType",
    "mime_type": "MIMEType",
    "width": "ImageWidth",
    "height": "ImageHeight",
    "orientation": "Orientation",
    "camera_make": "Make",
    "camera_model": "Model",
    "taken_at": "DateTimeOriginal",
    "latitude": "GPSLatitude",
    "longitude": "GPSLongitude",
    "altitude": "GPSAltitude",
    "lens_model": "LensModel",
    "exposure_time": "ExposureTime",
    "f_number": "FNumber",
    "iso": "ISO",
    "focal_length": "FocalLength",
}

MAKER_NOTE = "ExifTool reads it from the maker note; the EXIF tag is missing"
MAKER_NOTE_PREFERRED = "the maker note and the EXIF tag differ; ExifTool uses the note"

DISAGREEMENTS: Mapping[tuple[str, str], str] = {
    ("jpg/Canon_DIGITAL_IXUS_400.jpg", "iso"): MAKER_NOTE,
    ("jpg/Canon_PowerShot_S40.jpg", "iso"): MAKER_NOTE,
    ("jpg/Nikon_D70.jpg", "lens_model"): "XMP's aux:Lens, which ExifTool reports as Lens",
    ("jpg/exif-org/canon-ixus.jpg", "iso"): MAKER_NOTE,
    ("jpg/exif-org/kodak-dc240.jpg", "exposure_time"): MAKER_NOTE_PREFERRED,
    ("jpg/exif-org/kodak-dc240.jpg", "f_number"): MAKER_NOTE_PREFERRED,
    ("jpg/exif-org/kodak-dc240.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/11-tests.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/22-canon_tags.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/28-hex_value.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/35-empty.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/36-memory_error.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/42_IndexError.jpg", "lens_model"): MAKER_NOTE,
    ("jpg/long_description.jpg", "taken_at"): (
        "the image of 2003-08-31, as XMP's photoshop:DateCreated says, was digitized in 2005"
    ),
}

EXAMPLE_DISAGREEMENTS: Mapping[tuple[str, str], str] = {
    ("photos/meadow.webp", "format"): "ExifTool reports Extended WEBP for a file with metadata",
}

needs_real_photos = pytest.mark.skipif(
    not (FOLDER / "expected.json").is_file(),
    reason="no photos: set IMGMETA_TEST_PHOTOS to a folder with an expected.json",
)


def _expected() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
    return loaded


def _agrees(name: str, actual: object, expected: object) -> bool:
    if name == "taken_at":
        return (f"{actual:%Y:%m:%d %H:%M:%S}" if actual else None) == (
            expected and str(expected)[:19]
        )
    if isinstance(actual, int | float) and isinstance(expected, int | float):
        tolerance = 1e-6 if name in {"latitude", "longitude"} else 1e-6 * max(1, abs(expected))
        return abs(actual - expected) <= tolerance
    return actual == expected


def _answer(photo: dict[str, Any], tag: str) -> object:
    """Return ExifTool's value; without a time of the original, the time when it was digitized."""
    return photo.get(tag, photo.get("CreateDate") if tag == "DateTimeOriginal" else None)


def _disagreements(folder: Path, expected: list[dict[str, Any]]) -> set[tuple[str, str]]:
    reader = HeaderPropertyReader()
    disagreements: set[tuple[str, str]] = set()
    for photo in expected:
        name = photo["SourceFile"]
        properties = reader.read(BytesSource((folder / name).read_bytes()))
        assert isinstance(properties, ImageProperties), name
        values = properties.model_dump()
        disagreements |= {
            (name, field)
            for field, tag in TAGS.items()
            if not _agrees(field, values[field], _answer(photo, tag))
        }
    return disagreements


def test_example_photos_agree_with_exiftool_except_for_known_disagreements() -> None:
    assert _disagreements(EXAMPLES, EXAMPLE_PHOTOS) == set(EXAMPLE_DISAGREEMENTS)


def test_exiftool_output_covers_every_example_photo() -> None:
    photos = [path for path in (EXAMPLES / "photos").rglob("*") if path.is_file()]

    assert {photo["SourceFile"]: photo["FileSize"] for photo in EXAMPLE_PHOTOS} == {
        path.relative_to(EXAMPLES).as_posix(): path.stat().st_size for path in photos
    }


def test_exiftool_output_has_every_tag() -> None:
    assert {tag for photo in EXAMPLE_PHOTOS for tag in photo} == {
        "SourceFile",
        "FileSize",
        *TAGS.values(),
    }


@needs_real_photos
def test_real_photos_agree_with_exiftool_except_for_known_disagreements() -> None:
    assert _disagreements(FOLDER, _expected()) == set(DISAGREEMENTS)


@needs_real_photos
def test_real_photos_are_read_in_at_most_three_requests() -> None:
    reader = HeaderPropertyReader()

    for photo in _expected():
        source = BytesSource((FOLDER / photo["SourceFile"]).read_bytes())
        reader.read(source)
        assert len(source.ranges) <= 3, photo["SourceFile"]
