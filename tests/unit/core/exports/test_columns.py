from datetime import UTC, datetime
from typing import Annotated

import pytest
from pydantic import AwareDatetime, Field, NaiveDatetime

from imgmeta.core.exports import COLUMNS, ColumnType, values_of
from imgmeta.core.exports.columns import column_type
from imgmeta.core.properties import Utc
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.schema import record_schema
from imgmeta.testing.strategies.record_examples import SEEN_AT, image_record

Positive = Annotated[float, Field(gt=0)]

TYPES = dict(COLUMNS)
MOMENT = datetime(2026, 6, 7, 8, 9, 10, 11, tzinfo=UTC)


def test_columns_are_the_uri_and_the_attributes_of_the_record() -> None:
    names = [str(field.alias) for field in ImageRecord.model_fields.values()]
    assert [column.name for column in COLUMNS] == ["Uri", *names]


def test_types_of_the_columns_agree_with_the_schema_of_the_record() -> None:
    json_types = {
        ColumnType.INTEGER: "integer",
        ColumnType.FLOAT: "number",
        ColumnType.BOOLEAN: "boolean",
    }
    for name, schema in record_schema()["properties"].items():
        assert schema["type"] == json_types.get(TYPES[name], "string")
        assert ("date-time" in schema.get("format", "")) == (TYPES[name] is ColumnType.UTC_TIME)


def test_only_the_camera_has_a_local_time() -> None:
    local = [column.name for column in COLUMNS if column.type is ColumnType.LOCAL_TIME]
    assert local == ["TakenAt"]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, ColumnType.TEXT),
        (Status, ColumnType.TEXT),
        (int | None, ColumnType.INTEGER),
        (Positive | None, ColumnType.FLOAT),
        (Annotated[bool | None, Field()], ColumnType.BOOLEAN),
        (Utc | None, ColumnType.UTC_TIME),
        (AwareDatetime, ColumnType.UTC_TIME),
        (NaiveDatetime, ColumnType.LOCAL_TIME),
    ],
)
def test_type_of_a_column_is_that_of_the_annotation(
    annotation: object, expected: ColumnType
) -> None:
    assert column_type(annotation) is expected


@pytest.mark.parametrize("annotation", [bytes, list[int], datetime])
def test_attribute_of_another_type_is_rejected(annotation: object) -> None:
    with pytest.raises(TypeError, match="no column has values of the type"):
        column_type(annotation)


def test_values_are_those_of_the_record_in_the_order_of_the_columns() -> None:
    record = image_record("a b.jpg", taken_at_utc=MOMENT, has_alpha=False, latitude=-1.5)
    values = dict(zip(TYPES, values_of(record), strict=True))
    assert values["Uri"] == "s3://holiday/a%20b.jpg"
    assert {name: value for name, value in values.items() if value is not None} == {
        "Uri": record.uri,
        "ImageId": record.image_id,
        "BucketName": "holiday",
        "ObjectKey": "a b.jpg",
        "Status": "processed",
        "ProcessedAt": SEEN_AT,
        "Revision": "r1",
        "FileSize": 3,
        "ETag": "e1",
        "SchemaVersion": 1,
        "ReaderVersion": 1,
        "HasAlpha": False,
        "Latitude": -1.5,
        "TakenAtUtc": MOMENT,
    }
