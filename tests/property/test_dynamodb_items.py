"""Every record can be converted to a valid DynamoDB item and back.

Amazon DynamoDB Developer Guide, "Quotas": numbers of at most 38 digits, 0 or from 1E-130 to
9.99E+125 in magnitude; items of at most 400 KB, including names; partition keys of at most 2,048
bytes, sort keys of at most 1,024, none of them empty.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.drift import IndexEntry
from imgmeta.core.records import MAX_KEY, ImageRecord
from imgmeta.testing.strategies.record_examples import image_record, image_records
from imgmeta.testing.strategies.records import moved

pytest.importorskip("botocore")

from imgmeta.adapters.dynamodb.items import (
    entry_from_item,
    item_from_record,
    record_from_item,
)

instants = st.datetimes(min_value=datetime(2010, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - `timezones` sets the time zone
long_keys = st.builds(
    lambda stem, rest: (stem * MAX_KEY + rest)[-MAX_KEY:],
    st.sampled_from(["k", "\u00e9", "\u20ac", "\U0001f600"]),
    st.text(max_size=5),
)


def size(item: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(
        len(name.encode()) + sum(len(str(value).encode()) for value in typed.values())
        for name, typed in item.items()
    )


def assert_is_valid(item: Mapping[str, Mapping[str, Any]]) -> None:
    for typed in item.values():
        [(kind, value)] = typed.items()
        assert kind in {"S", "N", "BOOL"}
        assert isinstance(value, bool if kind == "BOOL" else str)
        assert value != ""
        if kind == "N":
            number = Decimal(value)
            assert len(number.as_tuple().digits) <= 38
            assert not number or Decimal("1E-130") <= abs(number) <= Decimal("9.99E+125")
    assert size(item) < 400 * 1024
    assert len(item["BucketName"]["S"].encode()) <= 2048
    assert 0 < len(item["ObjectKey"]["S"].encode()) <= 1024
    if "UploadDay" in item:
        assert item["UploadTimestamp"].keys() == {"N"}


@given(image_records(), instants)
def test_record_survives_conversion_to_an_item(record: ImageRecord, now: datetime) -> None:
    item = item_from_record(record, now)
    assert_is_valid(item)
    assert record_from_item(item) == record


@given(long_keys)
def test_long_key_is_not_truncated(key: str) -> None:
    record = moved(image_record(), "file://", key)
    item = item_from_record(record, record.processed_at)
    assert_is_valid(item)
    assert record_from_item(item) == record


@given(image_records())
def test_entry_of_an_item_equals_the_entry_of_its_record(record: ImageRecord) -> None:
    item = item_from_record(record, record.processed_at)
    assert entry_from_item(item) == IndexEntry.of(record)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (5e-324, "S"),
        (9.9e-131, "S"),
        (1e-130, "N"),
        (0.1, "N"),
        (1.7976931348623157e308, "S"),
        (1e126, "S"),
        (9.9e125, "N"),
        (1e22, "N"),
    ],
)
def test_number_outside_the_range_of_dynamodb_is_stored_as_text(number: float, kind: str) -> None:
    record = image_record(exposure_time=number)
    item = item_from_record(record, record.processed_at)
    assert item["ExposureTime"].keys() == {kind}
    assert_is_valid(item)
    assert record_from_item(item).exposure_time == number
