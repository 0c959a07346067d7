from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from imgmeta.core.records import ImageRecord, Status
from imgmeta.entrypoints.cli.rendering.record_details import record_lines
from imgmeta.entrypoints.cli.rendering.screen import Span, compose
from imgmeta.testing.strategies.record_examples import image_record, image_records

FULL: dict[str, Any] = {
    "content_type": "image/x",
    "last_modified": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "version_id": "v1",
    "storage_class": "GLACIER",
    "sequencer": "0" * 31 + "A",
    "format": "JPEG",
    "mime_type": "image/jpeg",
    "width": 40,
    "height": 30,
    "display_width": 30,
    "display_height": 40,
    "orientation": 6,
    "color_mode": "RGB",
    "bit_depth": 8,
    "has_alpha": False,
    "frame_count": 2,
    "icc_profile": "sRGB",
    "camera_make": "Make",
    "camera_model": "Model",
    "lens_model": "Lens",
    "exposure_time": 1 / 250,
    "f_number": 2.8,
    "iso": 400,
    "focal_length": 35.0,
    "latitude": -43.5,
    "longitude": 11.25,
    "altitude": 12.5,
    "taken_at": datetime(2026, 1, 1, 12, 0, 1),  # noqa: DTZ001 - a camera's local time has no time zone
    "taken_at_offset": "+02:00",
    "taken_at_utc": datetime(2026, 1, 1, 10, 0, 1, tzinfo=UTC),
    "taken_at_source": "EXIF:DateTimeOriginal",
    "complete": True,
}


def _lines(record: ImageRecord) -> list[str]:
    return [_line(spans) for spans in record_lines(record, "work/")]


def _line(spans: Iterable[Span]) -> str:
    return "".join(text for text, _ in compose(spans, None)).rstrip()


def _values(record: ImageRecord) -> dict[str, str]:
    lines = [line for line in _lines(record) if line.startswith("  ")]
    return {line[2:18].rstrip(): line[18:] for line in lines}


def test_every_field_is_shown() -> None:
    assert _values(image_record("a.jpg", file_size=1_234_567, **FULL)) == {
        "Bucket": "holiday",
        "Key": "a.jpg",
        "URI": "s3://holiday/a.jpg",
        "Size": "1.23 MB (1,234,567 bytes)",
        "S3 content type": "image/x",
        "Last modified": "2026-01-02 03:04:05 UTC",
        "ETag": "e1",
        "Version": "v1",
        "Storage class": "GLACIER",
        "Format": "JPEG",
        "Media type": "image/jpeg",
        "Dimensions": "30×40",  # noqa: RUF001 - the multiplication sign is intended
        "Stored as": "40×30",  # noqa: RUF001 - the multiplication sign is intended
        "Orientation": "rotate 90° clockwise",
        "Color": "RGB",
        "Bit depth": "8",
        "Has alpha": "no",
        "Frames": "2",
        "Color profile": "sRGB",
        "Complete": "yes",
        "Make": "Make",
        "Model": "Model",
        "Lens": "Lens",
        "Exposure": "1/250 s",
        "Aperture": "f/2.8",
        "ISO": "400",
        "Focal length": "35 mm",
        "Taken": "2026-01-01 12:00:01 +02:00",
        "Taken in UTC": "2026-01-01 10:00:01 UTC",
        "Time source": "EXIF:DateTimeOriginal",
        "Latitude": "43.500000° south",
        "Longitude": "11.250000° east",
        "Altitude": "12.5 m",
        "Image ID": image_record("a.jpg").image_id,
        "Status": "processed",
        "Processed": "2026-11-23 06:30:01 UTC",
        "Revision": "r1",
        "Sequencer": "0" * 31 + "A",
        "Reader version": "1",
        "Schema version": "1",
    }


def test_empty_fields_and_groups_are_left_out() -> None:
    lines = _lines(image_record())
    assert [line for line in lines if line and not line.startswith(" ")] == [
        "s3://holiday/2026/beach.jpg",
        "File",
        "Index",
    ]


def test_error_is_the_second_line() -> None:
    record = image_record(status=Status.FAILED, error="it is [bold]empty\x1b[2J")
    assert _lines(record)[1] == r"failed: it is [bold]empty\x1b[2J"


def test_gaps_are_shown_below_the_name() -> None:
    record = image_record(complete=False, partial_metadata=True)
    assert _lines(record)[1:3] == [
        "incomplete: the file is cut short",
        "partial metadata: a part of it was not read",
    ]


def test_reason_that_bytes_are_not_readable_is_the_second_line() -> None:
    reason = "archived (GLACIER)"
    assert _lines(image_record(content_error=reason))[1] == f"not readable now: {reason}"


def test_reason_is_shown_once() -> None:
    reason = "archived (GLACIER)"
    lines = _lines(image_record(status=Status.FAILED, error=reason, content_error=reason))
    assert lines[1:3] == [f"failed: {reason}", ""]


def test_tombstone_shows_its_expiration() -> None:
    record = image_record(status=Status.DELETED, file_size=None, expires_at=0)
    assert _values(record)["Expires"] == "1970-01-01 00:00:00 UTC"


def test_expiration_beyond_the_last_date_is_shown() -> None:
    record = image_record(status=Status.DELETED, file_size=None, expires_at=2**63 - 1)
    assert _values(record)["Expires"] == "after the year 9999"


@pytest.mark.parametrize(
    ("changes", "label", "text"),
    [
        ({"exposure_time": 2.5}, "Exposure", "2.5 s"),
        ({"exposure_time": 0.4}, "Exposure", "0.4 s"),
        ({"exposure_time": 1 / 59.9}, "Exposure", "1/59.9 s"),
        ({"has_alpha": True}, "Has alpha", "yes"),
        ({"latitude": 0.0}, "Latitude", "0.000000° north"),
        ({"longitude": -0.5}, "Longitude", "0.500000° west"),
        ({"altitude": -3.0}, "Altitude", "-3 m"),
        ({"taken_at": datetime(2026, 1, 1)}, "Taken", "2026-01-01 00:00:00 (no time zone)"),  # noqa: DTZ001 - a camera's local time has no time zone
        (
            {"upload_date": datetime(2026, 1, 1, tzinfo=UTC)},
            "Last modified",
            "2026-01-01 00:00:00 UTC",
        ),
        ({"file_size": 12}, "Size", "12 bytes"),
    ],
)
def test_values_are_shown_in_photographic_units(
    changes: dict[str, Any], label: str, text: str
) -> None:
    assert _values(image_record(**changes))[label] == text


@given(image_records())
def test_any_record_is_printable(record: ImageRecord) -> None:
    assert all(line.isprintable() for line in _lines(record))
