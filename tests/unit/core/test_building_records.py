from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from imgmeta.core.objects import ObjectLocation, PresentObject
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import (
    TOMBSTONE_LIFE,
    Status,
    WriteMetadata,
    build_record,
    build_tombstone,
)

LOCATION = ObjectLocation("holiday", "2026/beach.jpg")
WRITE = WriteMetadata(datetime(2026, 11, 23, 6, 30, tzinfo=UTC), "r1", "F".zfill(32), 7)
OBSERVED = PresentObject(
    LOCATION,
    size=3,
    last_modified=datetime(2026, 11, 20, 12, 0, 59, 999_000, tzinfo=UTC),
    etag="e1",
    content=None,
    content_type="image/jpeg",
    version_id="v1",
)
PROPERTIES = ImageProperties(format="JPEG", width=4, height=3, iso=100)


def test_record_combines_the_observation_and_the_properties() -> None:
    assert build_record(OBSERVED, PROPERTIES, WRITE).to_item() == {
        "ImageId": LOCATION.image_id,
        "BucketName": "holiday",
        "ObjectKey": "2026/beach.jpg",
        "Status": "processed",
        "ProcessedAt": "2026-11-23T06:30:00Z",
        "Revision": "r1",
        "FileSize": 3,
        "ContentType": "image/jpeg",
        "UploadTimestamp": 1_795_176_059,
        "UploadDate": "2026-11-20T12:00:59Z",
        "LastModified": "2026-11-20T12:00:59.999000Z",
        "ETag": "e1",
        "VersionId": "v1",
        "Sequencer": "F".zfill(32),
        "SchemaVersion": 1,
        "ReaderVersion": 7,
        "Format": "JPEG",
        "Width": 4,
        "Height": 3,
        "Iso": 100,
    }


def test_unreadable_image_is_recorded_as_failed_with_the_reason() -> None:
    record = build_record(OBSERVED, Unreadable(reason="the file is cut short"), WRITE)
    assert (record.status, record.error) == (Status.FAILED, "the file is cut short")
    assert (record.file_size, record.etag, record.width) == (3, "e1", None)


def test_upload_time_is_converted_to_utc() -> None:
    east = timezone(timedelta(hours=9))
    observed = replace(OBSERVED, last_modified=OBSERVED.last_modified.astimezone(east))
    assert build_record(observed, PROPERTIES, WRITE) == build_record(OBSERVED, PROPERTIES, WRITE)


@pytest.mark.parametrize(
    ("content_type", "stored"),
    [(None, None), ("", None), ("image/\x1bjpeg", "image/jpeg"), ("x" * 999, "x" * 256)],
)
def test_content_type_is_cleaned(content_type: str | None, stored: str | None) -> None:
    observed = replace(OBSERVED, content_type=content_type)
    assert build_record(observed, PROPERTIES, WRITE).content_type == stored


def test_tombstone_keeps_the_sequencer_and_no_attributes_of_the_object() -> None:
    assert build_tombstone(LOCATION, WRITE).to_item() == {
        "ImageId": LOCATION.image_id,
        "BucketName": "holiday",
        "ObjectKey": "2026/beach.jpg",
        "Status": "deleted",
        "ProcessedAt": "2026-11-23T06:30:00Z",
        "Revision": "r1",
        "Sequencer": "F".zfill(32),
        "ExpiresAt": 1_795_415_400 + 30 * 86_400,
        "SchemaVersion": 1,
    }


def test_tombstone_outlives_a_queue_and_its_dead_letter_queue() -> None:
    max_sqs_retention = timedelta(days=14)
    assert 2 * max_sqs_retention < TOMBSTONE_LIFE
