"""The record: what the index says of one image, in the attribute names it is stored under."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from imgmeta.core.identity import image_id
from imgmeta.core.objects import ObjectLocation, PresentObject
from imgmeta.core.ordering import SEQUENCER_WIDTH, StoredState
from imgmeta.core.properties import ImageProperties, StoredModel, Text, Unreadable, Utc
from imgmeta.core.text import MAX_TEXT, clean_text, printable, shorten
from imgmeta.errors import InvalidRecordError

__all__ = [
    "MAX_INTEGER",
    "MAX_KEY",
    "SCHEMA_VERSION",
    "TOMBSTONE_LIFE",
    "ImageRecord",
    "Item",
    "ItemValue",
    "Stamp",
    "Status",
    "build_record",
    "tombstone",
]

SCHEMA_VERSION = 1
"""The layout of the record itself; raised when an attribute changes its meaning."""

MAX_INTEGER = 2**63 - 1
"""Largest whole number that every store holds: SQLite's are 64 bits wide."""

MAX_KEY = 16_384
"""Longest key in characters. S3 allows 1,024 bytes; a path on a disk may be longer."""

ItemValue = str | int | float | bool
Item = dict[str, ItemValue]
"""A stored record: attribute names in PascalCase, values that JSON can hold, nothing absent."""


TOMBSTONE_LIFE = timedelta(days=30)
"""How long a tombstone is kept: longer than any event can wait in a queue (14 days) and then in
its dead-letter queue (14 more), the longest that SQS keeps a message."""

Hexadecimal = Annotated[str, Field(pattern=rf"^[0-9A-F]{{{SEQUENCER_WIDTH}}}$")]


class Status(StrEnum):
    """What the index knows of the object at a key."""

    PROCESSED = "processed"
    """It is an image, and its properties were read."""
    FAILED = "failed"
    """It is there, but is not an image that can be read; `Error` says why."""
    DELETED = "deleted"
    """It is gone: a tombstone, forgotten after `ExpiresAt`."""


class _Indexed(StoredModel):
    # A class of its own only so that these attributes stand before the image's own.
    image_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    bucket_name: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    object_key: Annotated[str, Field(min_length=1, max_length=MAX_KEY)]
    status: Status
    processed_at: Utc
    revision: Annotated[str, Field(min_length=1, max_length=64)]
    file_size: Annotated[int, Field(ge=0, le=MAX_INTEGER)] | None = None
    content_type: Text | None = None
    upload_timestamp: Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)] | None = None
    upload_date: Utc | None = None
    last_modified: Utc | None = None
    etag: Annotated[str | None, Field(min_length=1, max_length=1024, alias="ETag")] = None
    version_id: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    sequencer: Hexadecimal | None = None
    error: Text | None = None
    expires_at: Annotated[int, Field(ge=0, le=MAX_INTEGER)] | None = None
    schema_version: Annotated[int, Field(ge=1, le=MAX_INTEGER)] = SCHEMA_VERSION
    reader_version: Annotated[int, Field(ge=1, le=MAX_INTEGER)] | None = None


class ImageRecord(ImageProperties, _Indexed):
    """What the index says of one image.

    Attributes:
        image_id: `image_id(bucket_name, object_key)`.
        bucket_name: the bucket; `file://` for the local file system.
        object_key: the key, decoded.
        status: processed, failed or deleted.
        processed_at: when imgmeta looked, in UTC.
        revision: changes with every write of this record; opaque.
        file_size: bytes.
        content_type: the media type that the object was stored with.
        upload_timestamp: when the object was uploaded, whole seconds since 1970 in UTC.
        upload_date: the same moment, to the second, as a date and time in UTC.
        last_modified: the same moment, as precisely as the store knows it.
        etag: the store's mark of this content. None: look again at the next occasion.
        version_id: the object's version in a versioned bucket.
        sequencer: the normalized sequencer of the newest event that made imgmeta look.
        error: why an image could not be read, for people.
        expires_at: when a tombstone may be forgotten, seconds since 1970.
        schema_version: the layout that the record was written in.
        reader_version: the property reader that read it; an older one means: read again.
    """

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.image_id != image_id(self.bucket_name, self.object_key):
            msg = "ImageId is not that of BucketName and ObjectKey"
            raise ValueError(msg)
        return self

    @property
    def state(self) -> StoredState:
        """The sequencer and revision, which decide conditional writes."""
        return StoredState(self.sequencer, self.revision)

    def to_item(self) -> Item:
        """Return the record as it is stored: PascalCase names, JSON's types, absent left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_json(self) -> str:
        """Return `to_item()` as one line of JSON."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Return the record that `to_item` made this item of.

        Numbers may be of any type that holds them exactly (`Decimal` for DynamoDB's).

        Raises:
            InvalidRecordError: the item is not one of ours: an attribute is missing, unknown or
                out of its range.
        """
        try:
            return cls.model_validate(item, strict=False, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidRecordError(_sentence(error)) from error

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the record that `to_json` made this text of.

        Raises:
            InvalidRecordError: as `from_item`, or the text is not JSON.
        """
        try:
            return cls.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidRecordError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "the item"
    return shorten(f"not an image record: {printable(where)}: {printable(first['msg'])}", MAX_TEXT)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a write adds to an observation.

    Attributes:
        at: the time of the observation, aware.
        revision: a mark that no other write of this record has.
        sequencer: the normalized sequencer to keep with the record, if any.
        reader_version: the version of the property reader.
    """

    at: datetime
    revision: str
    sequencer: str | None
    reader_version: int


def build_record(
    seen: PresentObject, content: ImageProperties | Unreadable, stamp: Stamp
) -> ImageRecord:
    """Return the record of an object that is there, and of what the reader made of its bytes."""
    uploaded = seen.last_modified.replace(microsecond=0)
    if isinstance(content, Unreadable):
        status, error, properties = Status.FAILED, content.reason, ImageProperties()
    else:
        status, error, properties = Status.PROCESSED, None, content
    return ImageRecord(
        **dict(properties),
        image_id=seen.location.image_id,
        bucket_name=seen.location.bucket,
        object_key=seen.location.key,
        status=status,
        error=error,
        processed_at=stamp.at,
        revision=stamp.revision,
        file_size=seen.size,
        content_type=clean_text(seen.content_type or ""),
        upload_timestamp=int(uploaded.timestamp()),
        upload_date=uploaded,
        last_modified=seen.last_modified,
        etag=seen.etag,
        version_id=seen.version_id,
        sequencer=stamp.sequencer,
        reader_version=stamp.reader_version,
    )


def tombstone(location: ObjectLocation, stamp: Stamp) -> ImageRecord:
    """Return the record of an object that is gone.

    It carries the sequencer, so that a late event cannot bring the record back.
    """
    return ImageRecord(
        image_id=location.image_id,
        bucket_name=location.bucket,
        object_key=location.key,
        status=Status.DELETED,
        processed_at=stamp.at,
        revision=stamp.revision,
        sequencer=stamp.sequencer,
        expires_at=int((stamp.at + TOMBSTONE_LIFE).timestamp()),
    )
