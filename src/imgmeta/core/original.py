"""Items of the original system, which imgmeta replaces.

They have the attributes of `_ATTRIBUTES`, and none of imgmeta's own. `UploadTimestamp` and
`UploadDate` are the time of processing. Dates have no time zone: the handler wrote the local time
of AWS Lambda, which is UTC (AWS Lambda Developer Guide, "Defined runtime environment variables").
"""

from collections.abc import Mapping

from imgmeta.core.text import clean_text

__all__ = ["ORIGINAL_SCHEMA_VERSION", "is_original", "record_attributes"]

ORIGINAL_SCHEMA_VERSION = 0
"""The schema version of a record that the original system wrote."""

_DATES = frozenset({"UploadDate", "ProcessedAt"})
_ATTRIBUTES = _DATES | {
    *("ImageId", "BucketName", "ObjectKey", "FileSize", "ContentType", "UploadTimestamp"),
    "Status",
}

_ADDED = frozenset({"Revision", "SchemaVersion", "Sequencer"})
"""Attributes that only imgmeta writes."""

_UNKNOWN_CONTENT_TYPE = "unknown"
"""The value that the handler stored when S3 sent no content type."""


def is_original(item: Mapping[str, object]) -> bool:
    """Return whether the original system wrote an item."""
    return _ADDED.isdisjoint(item)


def record_attributes(item: Mapping[str, object]) -> dict[str, object]:
    """Return the attributes of an original item in the form of `ImageRecord.from_item`.

    Attributes that others added to the item are left out.
    """
    attributes = {name: value for name, value in item.items() if name in _ATTRIBUTES}
    content_type = attributes.pop("ContentType", None)
    if isinstance(content_type, str) and content_type != _UNKNOWN_CONTENT_TYPE:
        attributes["ContentType"] = clean_text(content_type)
    for name in _DATES & attributes.keys():
        attributes[name] = _with_time_zone(attributes[name])
    return attributes | {"SchemaVersion": ORIGINAL_SCHEMA_VERSION}


def _with_time_zone(value: object) -> object:
    if not isinstance(value, str):
        return value
    _, _, time = value.partition("T")
    return value if {"Z", "+", "-"} & set(time) else f"{value}Z"
