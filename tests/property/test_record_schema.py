"""The JSON Schema of a record and the model accept the same records.

The schema does not know that `ImageId` is a hash, and does not accept other forms of a time, which
the model reads but never writes.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta import ImageRecord, InvalidRecordError, record_schema
from imgmeta.testing.strategies.record_examples import image_records
from support.records.schema_validator import record_validator

VALIDATOR = record_validator(record_schema())
ATTRIBUTES = [str(field.alias) for field in ImageRecord.model_fields.values()]
NAMES = st.sampled_from(ATTRIBUTES) | st.text(max_size=9)

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64) | st.integers(-1, 9),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: value % 1 != 0),
    st.text(max_size=300),
    st.sampled_from(["processed", "0" * 32, "+02:00", "2026-07-01T12:30:00"]),
    st.datetimes().map(lambda time: f"{time.isoformat()}Z"),
    st.lists(st.integers(), max_size=2),
)


@given(image_records())
def test_every_record_satisfies_the_schema(record: ImageRecord) -> None:
    VALIDATOR.validate(json.loads(record.to_json()))


@given(image_records(), NAMES, st.none() | VALUES)
def test_changed_record_satisfies_both_or_neither(
    record: ImageRecord, name: str, value: object
) -> None:
    item = json.loads(record.to_json()) | {name: value}
    try:
        accepted = ImageRecord.from_json(json.dumps(item))
    except InvalidRecordError as error:
        is_hash = "ImageId does not match BucketName and ObjectKey" in error.message
        assert is_hash or not VALIDATOR.is_valid(item)
    else:
        VALIDATOR.validate(json.loads(accepted.to_json()))


@given(image_records(), st.sampled_from(ATTRIBUTES))
def test_record_without_an_attribute_satisfies_both_or_neither(
    record: ImageRecord, name: str
) -> None:
    item = json.loads(record.to_json())
    item.pop(name, None)
    if VALIDATOR.is_valid(item):
        ImageRecord.from_json(json.dumps(item))
    else:
        with pytest.raises(InvalidRecordError):
            ImageRecord.from_json(json.dumps(item))
