"""Agreement with ExifTool, on the drawn photos of examples/ and on a folder of real camera photos.

What ExifTool 12.57 says of the drawn ones is in exiftool_answers.json. If they are drawn anew, ask
it again, from the folder `examples`, and look at what changed in its answers:

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
from support.images.byte_sources import Bytes

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
DRAWN: list[dict[str, Any]] = json.loads((TESTS / "exiftool_answers.json").read_text("utf-8"))

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

MAKER_NOTE = "ExifTool takes it from the maker's note; the EXIF tag is not there"
MAKER_NOTE_WINS = "the maker's note and the EXIF tag differ; ExifTool believes the note"

DISAGREEMENTS: Mapping[tuple[str, str], str] = {
    ("jpg/Canon_DIGITAL_IXUS_400.jpg", "iso"): MAKER_NOTE,
    ("jpg/Canon_PowerShot_S40.jpg", "iso"): MAKER_NOTE,
    ("jpg/Nikon_D70.jpg", "lens_model"): "XMP's aux:Lens, which ExifTool reports as Lens",
    ("jpg/exif-org/canon-ixus.jpg", "iso"): MAKER_NOTE,
    ("jpg/exif-org/kodak-dc240.jpg", "exposure_time"): MAKER_NOTE_WINS,
    ("jpg/exif-org/kodak-dc240.jpg", "f_number"): MAKER_NOTE_WINS,
    ("jpg/exif-org/kodak-dc240.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/11-tests.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/22-canon_tags.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/28-hex_value.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/35-empty.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/36-memory_error.jpg", "iso"): MAKER_NOTE,
    ("jpg/tests/42_IndexError.jpg", "lens_model"): MAKER_NOTE,
}

DRAWN_DISAGREEMENTS: Mapping[tuple[str, str], str] = {
    ("photos/meadow.webp", "format"): "ExifTool says Extended WEBP of one that has metadata",
}

needs_real_photos = pytest.mark.skipif(
    not (FOLDER / "expected.json").is_file(),
    reason="no photos: set IMGMETA_TEST_PHOTOS to a folder with an expected.json",
)


def _expected() -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
    return loaded


def _agrees(name: str, ours: object, theirs: object) -> bool:
    if name == "taken_at":
        return (f"{ours:%Y:%m:%d %H:%M:%S}" if ours else None) == (theirs and str(theirs)[:19])
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        tolerance = 1e-6 if name in {"latitude", "longitude"} else 1e-6 * max(1, abs(theirs))
        return abs(ours - theirs) <= tolerance
    return ours == theirs


def _disagreements(folder: Path, expected: list[dict[str, Any]]) -> set[tuple[str, str]]:
    reader = HeaderPropertyReader()
    found: set[tuple[str, str]] = set()
    for photo in expected:
        name = photo["SourceFile"]
        properties = reader.read(Bytes((folder / name).read_bytes()))
        assert isinstance(properties, ImageProperties), name
        values = properties.model_dump()
        found |= {
            (name, ours)
            for ours, theirs in TAGS.items()
            if not _agrees(ours, values[ours], photo.get(theirs))
        }
    return found


def test_every_drawn_photo_agrees_with_exiftool_but_for_the_named_disagreements() -> None:
    assert _disagreements(EXAMPLES, DRAWN) == set(DRAWN_DISAGREEMENTS)


def test_the_answers_are_of_the_photos_that_are_there() -> None:
    photos = [path for path in (EXAMPLES / "photos").rglob("*") if path.is_file()]

    assert {photo["SourceFile"]: photo["FileSize"] for photo in DRAWN} == {
        path.relative_to(EXAMPLES).as_posix(): path.stat().st_size for path in photos
    }


def test_the_answers_have_every_tag() -> None:
    assert {tag for photo in DRAWN for tag in photo} == {"SourceFile", "FileSize", *TAGS.values()}


@needs_real_photos
def test_every_photo_agrees_with_exiftool_but_for_the_named_disagreements() -> None:
    assert _disagreements(FOLDER, _expected()) == set(DISAGREEMENTS)


@needs_real_photos
def test_every_photo_is_read_in_a_few_requests() -> None:
    reader = HeaderPropertyReader()

    for photo in _expected():
        source = Bytes((FOLDER / photo["SourceFile"]).read_bytes())
        reader.read(source)
        assert len(source.ranges) <= 3, photo["SourceFile"]
