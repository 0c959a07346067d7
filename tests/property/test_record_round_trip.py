"""`from_item(to_item(r)) == r` and `from_json(to_json(r)) == r` for the types of every store."""

import json
from decimal import Decimal

from hypothesis import given

from imgmeta.core.records import ImageRecord
from imgmeta.testing.strategies.record_examples import image_records


@given(image_records())
def test_record_survives_conversion_to_an_item(record: ImageRecord) -> None:
    assert ImageRecord.from_item(record.to_item()) == record


@given(image_records())
def test_record_survives_conversion_to_json(record: ImageRecord) -> None:
    text = record.to_json()
    assert json.loads(text) == record.to_item()
    assert ImageRecord.from_json(text) == record
    assert ImageRecord.from_json(text.encode()) == record


@given(image_records())
def test_record_survives_conversion_of_numbers_to_decimals(record: ImageRecord) -> None:
    """DynamoDB stores every number as a `Decimal`."""
    item = {
        name: Decimal(str(value))
        if isinstance(value, int | float) and not isinstance(value, bool)
        else value
        for name, value in record.to_item().items()
    }
    assert ImageRecord.from_item(item) == record


@given(image_records())
def test_record_survives_conversion_of_booleans_to_integers(record: ImageRecord) -> None:
    """SQLite stores booleans as 0 and 1, and integers in 64 bits."""
    item = {
        name: int(value) if isinstance(value, bool) else value
        for name, value in record.to_item().items()
    }
    assert all(abs(value) < 2**63 for value in item.values() if isinstance(value, int))
    assert ImageRecord.from_item(item) == record
