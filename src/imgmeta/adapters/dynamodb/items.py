"""Records as DynamoDB holds them: attributes of typed values, and no floating-point number.

Numbers have at most 38 digits and are 0 or between 1E-130 and 9.99E+125 in magnitude; an item takes
400 KB (Amazon DynamoDB Developer Guide, "Supported data types" and "Quotas").
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from imgmeta.adapters.dynamodb.keys import indexed_key
from imgmeta.adapters.dynamodb.partitions import upload_day
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import StoredState
from imgmeta.core.records import ImageRecord, ItemValue
from imgmeta.errors import InvalidRecordError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Attributes = dict[str, AttributeValueTypeDef]
    Stored = Mapping[str, AttributeValueTypeDef]

__all__ = [
    "ENTRY_ATTRIBUTES",
    "entry_of",
    "item_of",
    "object_key_of",
    "record_of",
    "state_of",
    "text_of",
]

ENTRY_ATTRIBUTES = (
    "ObjectKey",
    "FileSize",
    "ETag",
    "ReaderVersion",
    "Latitude",
    "Longitude",
    "Altitude",
    "WholeObjectKey",
)
"""What `entry_of` reads of an item; the rest need not be asked for."""

_SMALLEST, _GREATEST = 1e-130, 9.99e125
_WHOLE_KEY = "WholeObjectKey"
_DERIVED = frozenset({_WHOLE_KEY, "UploadDay"})
_TYPES = frozenset({"S", "N", "BOOL"})

_Number = TypeVar("_Number", int, float)


def item_of(record: ImageRecord, now: datetime) -> "Attributes":
    """Return the item of a record: its own attributes, and those that only the table needs.

    Args:
        record: any record.
        now: when it is written, aware.
    """
    item = {name: _encoded(value) for name, value in record.to_item().items()}
    if (day := upload_day(record, now)) is not None:
        item["UploadDay"] = {"S": day}
    if (key := indexed_key(record.object_key)) != record.object_key:
        item["ObjectKey"] = {"S": key}
        item[_WHOLE_KEY] = {"S": record.object_key}
    return item


def record_of(item: "Stored") -> ImageRecord:
    """Return the record that `item_of` made this item of.

    Raises:
        InvalidRecordError: it is none of ours.
    """
    values = {name: _decoded(value) for name, value in item.items() if name not in _DERIVED}
    if _WHOLE_KEY in item:
        values["ObjectKey"] = object_key_of(item)
    return ImageRecord.from_item(values)


def entry_of(item: "Stored") -> IndexEntry:
    """Return what a listing is compared with, of an item that may hold no more than that.

    Raises:
        InvalidRecordError: it is none of ours.
    """
    return IndexEntry(
        object_key=object_key_of(item),
        file_size=_number(item, "FileSize", int),
        etag=text_of(item, "ETag") if "ETag" in item else None,
        reader_version=_number(item, "ReaderVersion", int),
        latitude=_number(item, "Latitude", float),
        longitude=_number(item, "Longitude", float),
        altitude=_number(item, "Altitude", float),
    )


def state_of(item: "Stored") -> StoredState:
    """Return what decides whether a record may be written over this item.

    Raises:
        InvalidRecordError: it is none of ours.
    """
    sequencer = text_of(item, "Sequencer") if "Sequencer" in item else None
    return StoredState(sequencer, text_of(item, "Revision"))


def object_key_of(item: "Stored") -> str:
    """Return the whole key of an item's object.

    Raises:
        InvalidRecordError: it has none.
    """
    return text_of(item, _WHOLE_KEY if _WHOLE_KEY in item else "ObjectKey")


def text_of(item: "Stored", name: str) -> str:
    """Return an attribute that is text, or the digits of one that is a number.

    Raises:
        InvalidRecordError: there is no such attribute.
    """
    value = item.get(name, {})
    text = value.get("S", value.get("N"))
    if text is None:
        msg = f"not an image record: {name}: neither text nor a number"
        raise InvalidRecordError(msg)
    return text


def _number(item: "Stored", name: str, kind: Callable[[str], _Number]) -> _Number | None:
    if name not in item:
        return None
    try:
        return kind(text_of(item, name))
    except ValueError as error:
        msg = f"not an image record: {name}: not a number"
        raise InvalidRecordError(msg) from error


def _encoded(value: ItemValue) -> "AttributeValueTypeDef":
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if not value:
        return {"N": "0"}
    # What is no number to DynamoDB is kept as text: it is read back as what it was.
    is_number = _SMALLEST <= abs(value) <= _GREATEST
    return {"N": str(Decimal(repr(value)))} if is_number else {"S": repr(value)}


def _decoded(value: "AttributeValueTypeDef") -> object:
    # Digits stay text: ImageRecord.from_item reads it, and nothing is rounded on the way there.
    for kind, content in value.items():
        if kind in _TYPES:
            return content
    return value
