from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from imgmeta.core.objects import ObjectLocation, PresentObject
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import TOMBSTONE_LIFE, Stamp, Status, build_record, tombstone

PLACE = ObjectLocation("holiday", "2026/beach.jpg")
STAMP = Stamp(datetime(2026, 11, 23, 6, 30, tzinfo=UTC), "r1", "F".zfill(32), 7)
SEEN = PresentObject(
    PLACE,
    size=3,
    last_modified=datetime(2026, 11, 20, 12, 0, 59, 999_000, tzinfo=UTC),
    etag="e1",
    content=None,
    content_type="image/jpeg",
    version_id="v1",
)
PROPERTIES = ImageProperties(format="JPEG", width=4, height=3, iso=100)


def test_a_record_says_what_was_seen_and_what_was_read() -> None:
    assert build_record(SEEN, PROPERTIES, STAMP).to_item() == {
        "ImageId": PLACE.image_id,
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


def test_an_unreadable_image_is_recorded_as_failed_with_the_reason() -> None:
    record = build_record(SEEN, Unreadable(reason="the file is cut short"), STAMP)
    assert (record.status, record.error) == (Status.FAILED, "the file is cut short")
    assert (record.file_size, record.etag, record.width) == (3, "e1", None)


def test_the_upload_time_is_the_object_s_own_in_utc() -> None:
    east = timezone(timedelta(hours=9))
    seen = replace(SEEN, last_modified=SEEN.last_modified.astimezone(east))
    assert build_record(seen, PROPERTIES, STAMP) == build_record(SEEN, PROPERTIES, STAMP)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [(None, None), ("", None), ("image/\x1bjpeg", "image/jpeg"), ("x" * 999, "x" * 256)],
)
def test_the_content_type_is_cleaned(sent: str | None, kept: str | None) -> None:
    assert build_record(replace(SEEN, content_type=sent), PROPERTIES, STAMP).content_type == kept


def test_a_tombstone_keeps_the_sequencer_and_says_nothing_of_an_object() -> None:
    assert tombstone(PLACE, STAMP).to_item() == {
        "ImageId": PLACE.image_id,
        "BucketName": "holiday",
        "ObjectKey": "2026/beach.jpg",
        "Status": "deleted",
        "ProcessedAt": "2026-11-23T06:30:00Z",
        "Revision": "r1",
        "Sequencer": "F".zfill(32),
        "ExpiresAt": 1_795_415_400 + 30 * 86_400,
        "SchemaVersion": 1,
    }


def test_a_tombstone_outlives_a_queue_and_its_dead_letter_queue() -> None:
    longest_in_sqs = timedelta(days=14)
    assert 2 * longest_in_sqs < TOMBSTONE_LIFE
