import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from imgmeta.core.properties import Unreadable, display_size
from imgmeta.core.records import ImageRecord
from imgmeta.errors import InvalidRecordError
from imgmeta.testing.strategies.record_examples import image_record


def test_record_is_stored_under_the_names_of_the_original_system() -> None:
    record = image_record(
        content_type="image/jpeg",
        upload_timestamp=1_795_000_000,
        upload_date=datetime(2026, 11, 18, 11, 6, 40, tzinfo=UTC),
    )
    assert record.to_item() == {
        "ImageId": "3cbb2b116d6669c090762a82bb1a12b2",
        "BucketName": "holiday",
        "ObjectKey": "2026/beach.jpg",
        "Status": "processed",
        "ProcessedAt": "2026-11-23T06:30:01.234567Z",
        "Revision": "r1",
        "FileSize": 3,
        "ContentType": "image/jpeg",
        "UploadTimestamp": 1_795_000_000,
        "UploadDate": "2026-11-18T11:06:40Z",
        "ETag": "e1",
        "SchemaVersion": 1,
        "ReaderVersion": 1,
    }


def test_none_is_not_stored() -> None:
    assert None not in image_record(etag=None).to_item().values()
    assert "ETag" not in image_record(etag=None).to_item()


def test_json_is_one_line() -> None:
    text = image_record("two\nlines.jpg").to_json()
    assert "\n" not in text
    assert json.loads(text) == image_record("two\nlines.jpg").to_item()


def test_record_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        image_record().file_size = 4


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("Color", "red"),
        ("Ex\x1b[31mtra\n", 1),
        ("file_size", 3),
        ("ImageId", "0" * 32),
        ("ImageId", "not an id"),
        ("BucketName", ""),
        ("ObjectKey", ""),
        ("Status", "gone"),
        ("Sequencer", "1"),
        ("Sequencer", "f" * 32),
        ("Latitude", 90.1),
        ("Longitude", -180.1),
        ("Latitude", float("nan")),
        ("Altitude", float("inf")),
        ("ExposureTime", 0.0),
        ("ExposureTime", float("inf")),
        ("ExposureTime", float("nan")),
        ("Width", 0),
        ("Width", 1.5),
        ("CameraMake", ""),
        ("CameraMake", "x" * 257),
        ("Orientation", 9),
        ("TakenAt", "2026-11-23T06:30:01Z"),
        ("TakenAtUtc", "2026-11-23T06:30:01"),
        ("TakenAtOffset", "+2"),
        ("ProcessedAt", "0001-01-01T00:00:00+23:59"),
        ("ProcessedAt", "9999-12-31T23:59:59-23:59"),
        ("FileSize", -1),
        ("FileSize", 2**63),
        ("UploadTimestamp", 2**63),
        ("ExpiresAt", 2**63),
        ("ReaderVersion", 2**63),
        ("SchemaVersion", 0),
    ],
)
def test_invalid_attribute_is_rejected(attribute: str, value: object) -> None:
    item = image_record().to_item() | {attribute: value}
    with pytest.raises(InvalidRecordError) as from_item:
        ImageRecord.from_item(item)
    with pytest.raises(InvalidRecordError):
        ImageRecord.from_json(json.dumps(item))
    assert str(from_item.value).isprintable()


@pytest.mark.parametrize(
    "attribute", ["ImageId", "BucketName", "ObjectKey", "Status", "ProcessedAt", "Revision"]
)
def test_missing_required_attribute_is_rejected(attribute: str) -> None:
    item = image_record().to_item()
    del item[attribute]
    with pytest.raises(InvalidRecordError, match=f"{attribute}: missing"):
        ImageRecord.from_item(item)


def test_error_does_not_contain_the_stored_value() -> None:
    with pytest.raises(InvalidRecordError) as refused:
        ImageRecord.from_item(image_record().to_item() | {"Latitude": "secret location"})
    assert "secret" not in str(refused.value)
    assert "secret" not in str(refused.value.__cause__)


def test_python_name_of_an_attribute_is_rejected() -> None:
    item = image_record().to_item()
    item["file_size"] = item.pop("FileSize")
    with pytest.raises(InvalidRecordError, match="file_size"):
        ImageRecord.from_item(item)


def test_key_that_is_not_valid_unicode_is_rejected() -> None:
    item = image_record().to_item() | {"ObjectKey": "\ud800"}
    with pytest.raises(InvalidRecordError):
        ImageRecord.from_item(item)


def test_decimal_numbers_and_numeric_booleans_are_accepted() -> None:
    stored = image_record(latitude=48.137154, has_alpha=True).to_item()
    item = stored | {"FileSize": Decimal(3), "Latitude": Decimal("48.137154"), "HasAlpha": 1}
    assert ImageRecord.from_item(item).to_item() == stored


def test_times_are_converted_to_utc() -> None:
    item = image_record().to_item() | {"ProcessedAt": "2026-11-23T08:30:01+02:00"}
    assert ImageRecord.from_item(item).to_item()["ProcessedAt"] == "2026-11-23T06:30:01Z"


def test_reason_must_not_be_empty() -> None:
    with pytest.raises(ValidationError):
        Unreadable(reason="")


@pytest.mark.parametrize(
    ("orientation", "displayed"),
    [(None, (4, 3)), (1, (4, 3)), (4, (4, 3)), (5, (3, 4)), (8, (3, 4))],
)
def test_display_size_depends_on_the_orientation(
    orientation: int | None, displayed: tuple[int, int]
) -> None:
    assert display_size(4, 3, orientation) == displayed


def test_record_is_restored_from_a_printed_line_with_its_uri() -> None:
    record = image_record("a b.jpg")
    line = json.dumps(record.to_item() | {"Uri": record.uri})
    assert ImageRecord.from_json(line) == ImageRecord.from_json(line.encode()) == record


def test_uri_of_another_image_is_rejected() -> None:
    line = json.dumps(image_record().to_item() | {"Uri": "s3://holiday/other.jpg"})
    with pytest.raises(InvalidRecordError, match="Uri does not match BucketName and ObjectKey"):
        ImageRecord.from_json(line)


@pytest.mark.parametrize("text", ["{", "[]", '{"Uri":"s3://b/a.jpg"}', "[" * 100_000, b"\xff"])
def test_other_text_is_no_record(text: str | bytes) -> None:
    with pytest.raises(InvalidRecordError, match="not an image record"):
        ImageRecord.from_json(text)
