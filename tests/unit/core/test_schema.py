import json
import subprocess
import sys
from typing import Any, get_args

import pytest
from pydantic import NaiveDatetime

from imgmeta import ImageRecord, record_schema
from imgmeta.core import schema
from imgmeta.core.records import SCHEMA_VERSION
from imgmeta.testing.strategies.record_examples import image_record
from support.records.schema_validator import record_validator

SCHEMA = record_schema()
PROPERTIES: dict[str, dict[str, Any]] = SCHEMA["properties"]
RECORD = image_record().to_item()


def test_identifier_names_the_schema_version_and_no_host() -> None:
    assert SCHEMA["$id"] == f"urn:imgmeta:record:{SCHEMA_VERSION}"
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_attribute_is_described_in_a_sentence() -> None:
    aliases = [field.alias for field in ImageRecord.model_fields.values()]

    assert list(PROPERTIES) == [*aliases, "Uri"]
    for name, value in PROPERTIES.items():
        description = value["description"]
        assert description[0].isupper() or description[0] == "`", name
        assert description.endswith("."), name
        assert "\n" not in description, name


def test_descriptions_use_the_names_of_json() -> None:
    text = json.dumps([value["description"] for value in PROPERTIES.values()])

    assert not any(f"`{name}`" in text for name in ImageRecord.model_fields)
    assert not any(word in text for word in ("None", "False"))
    assert PROPERTIES["StorageClass"]["description"] == (
        "The object's storage class; absent for S3 Standard, and outside S3."
    )
    assert "`TakenAt`" in PROPERTIES["TakenAtSource"]["description"]


def test_required_and_additional_attributes_are_those_of_the_model() -> None:
    required = [field.alias for field in ImageRecord.model_fields.values() if field.is_required()]

    assert SCHEMA["required"] == required
    assert SCHEMA["additionalProperties"] is False


def test_no_attribute_is_nullable_or_a_reference() -> None:
    keywords = {keyword for value in PROPERTIES.values() for keyword in value}

    assert keywords.isdisjoint({"anyOf", "$ref", "default", "title"})
    assert all(isinstance(value["type"], str) for value in PROPERTIES.values())


def test_only_times_with_an_offset_have_the_format_date_time() -> None:
    times = [name for name, value in PROPERTIES.items() if value.get("format") == "date-time"]
    local = {
        str(field.alias)
        for field in ImageRecord.model_fields.values()
        if NaiveDatetime in get_args(field.annotation)
    }

    assert times == ["ProcessedAt", "UploadDate", "LastModified", "TakenAtUtc"]
    assert local == schema._LOCAL_TIMES  # noqa: SLF001 - compared with the model


def test_schema_without_docstrings_is_the_same_without_descriptions() -> None:
    code = "import imgmeta, json; print(json.dumps(imgmeta.record_schema()))"
    done = subprocess.run(
        [sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True
    )
    assert _undescribed(json.loads(done.stdout)["properties"]) == _undescribed(PROPERTIES)


def _undescribed(properties: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {keyword: each for keyword, each in value.items() if keyword != "description"}
        for name, value in properties.items()
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"TakenAt": "2026-07-01T12:30:00"},
        {"TakenAt": "2026-07-01T12:30:00.123456"},
        {"TakenAtOffset": "+02:00"},
        {"Status": "deleted", "ExpiresAt": 0},
        {"Sequencer": "0" * 32},
        {"ETag": "e" * 1024},
        {"Latitude": 90, "Longitude": -180.0},
        {"SchemaVersion": 7},
    ],
)
def test_valid_records_satisfy_the_schema(changes: dict[str, Any]) -> None:
    record_validator(SCHEMA).validate(RECORD | changes)
    ImageRecord.from_item(RECORD | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ImageId": "x"}, "'x' does not match"),
        ({"ImageId": "A" * 32}, "does not match"),
        ({"BucketName": ""}, "'' should be non-empty"),
        ({"Status": "lost"}, "'lost' is not one of"),
        ({"Status": "Processed"}, "'Processed' is not one of"),
        ({"ProcessedAt": "2026-07-01Z"}, "is not a 'date-time'"),
        ({"ProcessedAt": "2026-02-30T00:00:00Z"}, "is not a 'date-time'"),
        ({"ProcessedAt": "2026-07-01T12:30:00+02:00"}, "does not match 'Z\\$'"),
        ({"ProcessedAt": 1_700_000_000}, "is not of type 'string'"),
        ({"FileSize": -1}, "-1 is less than the minimum of 0"),
        ({"FileSize": 1.5}, "1.5 is not of type 'integer'"),
        ({"FileSize": "3"}, "'3' is not of type 'integer'"),
        ({"FileSize": 2**63}, "is greater than the maximum"),
        ({"Width": 0}, "0 is less than the minimum of 1"),
        ({"Orientation": 9}, "9 is greater than the maximum of 8"),
        ({"ExposureTime": 0}, "0 is less than or equal to the minimum of 0"),
        ({"Latitude": 90.1}, "90.1 is greater than the maximum of 90"),
        ({"TakenAt": "2026-07-01T12:30:00Z"}, "does not match"),
        ({"TakenAtOffset": "+2:00"}, "does not match"),
        ({"TakenAtOffset": "+\u0660\u0662:00"}, "does not match"),
        ({"HasAlpha": 1}, "1 is not of type 'boolean'"),
        ({"CameraMake": "m" * 257}, "is too long"),
        ({"CameraMake": None}, "None is not of type 'string'"),
        ({"Sequencer": "0" * 31}, "does not match"),
        ({"Revision": ""}, "'' should be non-empty"),
        ({"Camera": "Fernglas"}, "Additional properties are not allowed"),
        ({"imageId": "x"}, "Additional properties are not allowed"),
        ({"SchemaVersion": 0}, "False schema does not allow 'r1'"),
    ],
)
def test_invalid_records_do_not_satisfy_the_schema(changes: dict[str, Any], message: str) -> None:
    (error,) = record_validator(SCHEMA).iter_errors(RECORD | changes)

    assert message.replace("\\$", "$") in error.message


@pytest.mark.parametrize("uri", ["file:///srv/a%20b.jpg", "s3://holiday/a.jpg", "mine:///a"])
def test_uri_that_a_command_adds_satisfies_the_schema(uri: str) -> None:
    record_validator(SCHEMA).validate(RECORD | {"Uri": uri})


@pytest.mark.parametrize("uri", ["/srv/a.jpg", "s3://a b", "s3://a\nb", "file:///\u00e9", 1, None])
def test_invalid_uri_does_not_satisfy_the_schema(uri: str | int | None) -> None:
    assert not record_validator(SCHEMA).is_valid(RECORD | {"Uri": uri})


@pytest.mark.parametrize("name", [*SCHEMA["required"], "Revision"])
def test_missing_attribute_is_an_error(name: str) -> None:
    record = {key: value for key, value in RECORD.items() if key != name}
    (error,) = record_validator(SCHEMA).iter_errors(record)

    assert error.message == f"'{name}' is a required property"


def test_record_of_the_original_system_has_no_revision() -> None:
    original = {key: value for key, value in RECORD.items() if key != "Revision"}

    record_validator(SCHEMA).validate(original | {"SchemaVersion": 0})
