"""Conversion between image records and DynamoDB items.

DynamoDB numbers have at most 38 digits and are 0 or between 1E-130 and 9.99E+125 in magnitude; an
item may have 400 KB (Amazon DynamoDB Developer Guide, "Supported data types" and "Quotas").
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from imgmeta.adapters.dynamodb.keys import indexed_key
from imgmeta.adapters.dynamodb.partitions import upload_partition
from imgmeta.core.drift import IndexEntry
from imgmeta.core.original import is_original, record_attributes
from imgmeta.core.records import ImageRecord, ItemValue
from imgmeta.errors import InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Attributes = dict[str, AttributeValueTypeDef]
    Item = Mapping[str, AttributeValueTypeDef]

__all__ = [
    "entry_from_item",
    "item_from_record",
    "object_key",
    "record_from_item",
    "text_attribute",
]

_MIN_NUMBER, _MAX_NUMBER = 1e-130, 9.99e125
_FULL_KEY = "WholeObjectKey"
_DERIVED = frozenset({_FULL_KEY, "UploadDay"})
_TYPES = frozenset({"S", "N", "BOOL"})


def item_from_record(record: ImageRecord, now: datetime) -> "Attributes":
    """Return the item of a record: the record's attributes, and those of the table's indexes.

    Args:
        record: the record.
        now: the current time, timezone-aware.
    """
    item = {name: _encode(value) for name, value in record.to_item().items()}
    if (partition := upload_partition(record, now)) is not None:
        item["UploadDay"] = {"S": partition}
    if (key := indexed_key(record.object_key)) != record.object_key:
        item["ObjectKey"] = {"S": key}
        item[_FULL_KEY] = {"S": record.object_key}
    return item


def record_from_item(item: "Item") -> ImageRecord:
    """Return the record of an item, which imgmeta or the original system wrote.

    Raises:
        InvalidRecordError: the item is not a valid record.
    """
    values = {name: _decode(value) for name, value in item.items() if name not in _DERIVED}
    if _FULL_KEY in item:
        values["ObjectKey"] = object_key(item)
    return ImageRecord.from_item(record_attributes(values) if is_original(item) else values)


def entry_from_item(item: "Item") -> IndexEntry:
    """Return the index entry of an item that has an object key."""
    try:
        return IndexEntry.of(record_from_item(item))
    except InvalidRecordError as error:
        return IndexEntry.of_unreadable(object_key(item), error.message)


def object_key(item: "Item") -> str:
    """Return the full object key of an item.

    Raises:
        InvalidRecordError: the item has no object key.
    """
    return text_attribute(item, _FULL_KEY if _FULL_KEY in item else "ObjectKey")


def text_attribute(item: "Item", name: str) -> str:
    """Return an attribute of type string, or the digits of a number.

    Raises:
        InvalidRecordError: the item has no such attribute.
    """
    value = item.get(name, {})
    text = value.get("S", value.get("N"))
    if text is None:
        msg = f"not an image record: {name}: neither a string nor a number"
        raise InvalidRecordError(msg)
    return text


def _encode(value: ItemValue) -> "AttributeValueTypeDef":
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if not value:
        return {"N": "0"}
    # Numbers outside the range of DynamoDB are stored as strings.
    is_number = _MIN_NUMBER <= abs(value) <= _MAX_NUMBER
    return {"N": str(Decimal(repr(value)))} if is_number else {"S": repr(value)}


def _decode(value: "AttributeValueTypeDef") -> object:
    # Numbers stay strings, so that nothing is rounded before ImageRecord.from_item parses them.
    for kind, content in value.items():
        if kind in _TYPES:
            return content
    return value
