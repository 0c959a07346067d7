"""Items of the original system."""

from datetime import UTC, datetime

import pytest

from imgmeta.core.original import is_original, record_attributes
from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_record

ITEM = {
    "ImageId": "60260f752e82fe96db2c98a73d0eac33",
    "BucketName": "holiday",
    "ObjectKey": "a.jpg",
    "FileSize": "11564",
    "ContentType": "image/jpeg",
    "UploadTimestamp": "1795591808",
    "UploadDate": "2026-11-25T07:30:08.997932",
    "ProcessedAt": "2026-11-25T07:30:08.997935",
    "Status": "processed",
}


@pytest.mark.parametrize("own", ["Revision", "SchemaVersion", "Sequencer"])
def test_item_with_an_attribute_of_imgmeta_is_not_original(own: str) -> None:
    assert is_original(ITEM)
    assert not is_original(ITEM | {own: image_record(sequencer="0" * 32).to_item()[own]})


def test_attributes_of_an_original_item_are_a_record() -> None:
    record = ImageRecord.from_item(record_attributes(ITEM))
    assert (record.state.sequencer, record.state.revision) == (None, None)
    assert record.processed_at.isoformat() == "2026-11-25T07:30:08.997935+00:00"
    assert record.schema_version == 0
    assert record.file_size == 11_564


def test_original_record_survives_json() -> None:
    record = ImageRecord.from_item(record_attributes(ITEM))
    assert ImageRecord.from_json(record.to_json()) == record


@pytest.mark.parametrize("content_type", ["unknown", "", 7, None])
def test_content_type_that_is_not_text_is_absent(content_type: object) -> None:
    attributes = record_attributes(ITEM | {"ContentType": content_type})
    assert attributes.get("ContentType") is None


@pytest.mark.parametrize("time", ["07:30:08", "07:30:08Z", "08:30:08+01:00", "05:30:08-02:00"])
def test_date_is_in_utc_unless_it_has_an_offset(time: str) -> None:
    record = ImageRecord.from_item(record_attributes(ITEM | {"UploadDate": f"2026-11-25T{time}"}))
    assert record.upload_date == datetime(2026, 11, 25, 7, 30, 8, tzinfo=UTC)


@pytest.mark.parametrize("date", [7, None])
def test_date_that_is_not_text_is_left_to_validation(date: object) -> None:
    assert record_attributes(ITEM | {"UploadDate": date})["UploadDate"] is date
