"""Image records, with the attribute names under which they are stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self, cast

from pydantic import Field, ValidationError, model_validator

from imgmeta.core.content_hashes import CONTENT_HASH_PATTERN
from imgmeta.core.identity import image_id
from imgmeta.core.invalid_values import invalid_record_reason
from imgmeta.core.limits import MAX_KEY, MAX_STORED_INTEGER
from imgmeta.core.objects import ObjectLocation, PresentObject
from imgmeta.core.ordering import SEQUENCER_WIDTH, ObjectState, StoredState
from imgmeta.core.original import ORIGINAL_SCHEMA_VERSION
from imgmeta.core.properties import ImageProperties, StoredModel, Text, Unreadable, Utc
from imgmeta.core.status import Status
from imgmeta.core.text import MAX_TEXT, clean_text
from imgmeta.core.uris import uri_of
from imgmeta.errors import InvalidRecordError

__all__ = [
    "MAX_KEY",
    "MAX_STORED_INTEGER",
    "SCHEMA_VERSION",
    "TOMBSTONE_LIFE",
    "ImageRecord",
    "Item",
    "ItemValue",
    "Status",
    "WriteMetadata",
    "build_record",
    "build_tombstone",
]

SCHEMA_VERSION = 1
"""Version of the record layout; raised when an attribute changes its meaning."""

ItemValue = str | int | float | bool
Item = dict[str, ItemValue]
"""A record as stored: attribute names in PascalCase, JSON values, no unknown attributes."""


TOMBSTONE_LIFE = timedelta(days=30)
"""How long a tombstone is kept: longer than an event can wait in a queue and its dead-letter queue.
SQS keeps a message in each for at most 14 days."""

Hexadecimal = Annotated[str, Field(pattern=rf"^[0-9A-F]{{{SEQUENCER_WIDTH}}}$")]


class _SystemAttributes(StoredModel):
    # A base class only so that these attributes come before the image properties.
    image_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    bucket_name: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    object_key: Annotated[str, Field(min_length=1, max_length=MAX_KEY)]
    status: Status
    processed_at: Utc
    revision: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    file_size: Annotated[int, Field(ge=0, le=MAX_STORED_INTEGER)] | None = None
    content_type: Text | None = None
    upload_timestamp: (
        Annotated[int, Field(ge=-MAX_STORED_INTEGER, le=MAX_STORED_INTEGER)] | None
    ) = None
    upload_date: Utc | None = None
    last_modified: Utc | None = None
    etag: Annotated[str | None, Field(min_length=1, max_length=1024, alias="ETag")] = None
    version_id: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    storage_class: Text | None = None
    content_hash: Annotated[str, Field(pattern=CONTENT_HASH_PATTERN)] | None = None
    thumbnail_hash: Annotated[str, Field(pattern="^[0-9a-f]{16}$")] | None = None
    sequencer: Hexadecimal | None = None
    error: Text | None = None
    content_error: Text | None = None
    expires_at: Annotated[int, Field(ge=0, le=MAX_STORED_INTEGER)] | None = None
    schema_version: Annotated[int, Field(ge=0, le=MAX_STORED_INTEGER)] = SCHEMA_VERSION
    reader_version: Annotated[int, Field(ge=1, le=MAX_STORED_INTEGER)] | None = None


class ImageRecord(ImageProperties, _SystemAttributes):
    """The record of one image in the index.

    Attributes:
        image_id: the MD5 hash of `bucket_name`, a slash and `object_key`, in hexadecimal.
        bucket_name: the bucket; `file://` for the local file system, and a name with its scheme for
            the object store of a plug-in, such as `gs://holiday`.
        object_key: the key, decoded.
        status: `processed`, `failed` (not a readable image; the reason is in `error`) or `deleted`
            (the object does not exist).
        processed_at: the time of the observation, in UTC.
        revision: an opaque ID of the latest write of this record; None only in a record of the
            original system, whose `schema_version` is 0.
        file_size: the size in bytes.
        content_type: the media type that the object was stored with.
        upload_timestamp: the upload time, in whole seconds since 1970.
        upload_date: the upload time in whole seconds, as a date and time in UTC.
        last_modified: the upload time, as precise as the object store has it.
        etag: the ETag; None: treat the object as changed at the next comparison.
        version_id: the object's version in a versioned bucket.
        storage_class: the object's storage class; None for S3 Standard, and outside S3.
        content_hash: the hash of the whole content, if known: `md5:`, `sha1:` or `sha256:`, and the
            digest in lower-case hexadecimal digits.
        thumbnail_hash: the perceptual hash of the embedded thumbnail, if known: 64 bits as 16
            lower-case hexadecimal digits.
        sequencer: the normalized sequencer of the newest event that was processed.
        error: the reason that the image is unreadable, for people.
        content_error: the reason that the object's bytes could not be read at the latest
            observation, for people. The image properties are those that were read before from the
            same content, if any.
        expires_at: when a tombstone may be removed, in seconds since 1970.
        schema_version: the version of the record layout; 0 in a record of the original system.
        reader_version: the reader version that read the image; an older one is outdated.
    """

    @model_validator(mode="after")
    def _check_image_id(self) -> Self:
        if self.image_id != image_id(self.bucket_name, self.object_key):
            msg = "ImageId does not match BucketName and ObjectKey"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _check_revision(self) -> Self:
        is_original = self.schema_version == ORIGINAL_SCHEMA_VERSION
        if is_original and self.revision is not None:
            msg = "SchemaVersion: only a record without a revision has version 0"
            raise ValueError(msg)
        if not is_original and self.revision is None:
            msg = "Revision: missing"
            raise ValueError(msg)
        return self

    @property
    def location(self) -> ObjectLocation:
        """The bucket and key."""
        return ObjectLocation(self.bucket_name, self.object_key)

    @property
    def uri(self) -> str:
        """The image's URI, which every command takes: see `core.uris`. It is not stored."""
        return uri_of(self.location)

    @property
    def state(self) -> StoredState:
        """The attributes that decide conditional writes."""
        object_state = ObjectState(
            self.etag,
            self.file_size,
            self.last_modified,
            self.version_id,
            self.content_error is not None,
        )
        is_deleted = self.status is Status.DELETED
        return StoredState(
            self.sequencer,
            self.revision,
            self.processed_at,
            None if is_deleted else object_state,
            self.content_hash,
            self.thumbnail_hash,
        )

    def to_item(self) -> Item:
        """Return the record as it is stored: PascalCase names, JSON types, no None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_json(self) -> str:
        """Return `to_item()` as one line of JSON."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> Self:
        """Return the record of an item that `to_item` returned.

        Numbers may be of any type that holds them exactly (`Decimal` for DynamoDB's).

        Raises:
            InvalidRecordError: the item is not an image record: an attribute is missing, unknown or
                out of its range.
        """
        try:
            return cls.model_validate(item, strict=False, by_alias=True, by_name=False)
        except ValidationError as error:
            raise InvalidRecordError(invalid_record_reason(error)) from error

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return the record of a text that `to_json` returned, or of a line that `--json` printed.

        Such a line also has the `Uri`.

        Raises:
            InvalidRecordError: as for `from_item`, the text is not JSON, or its `Uri` is that of
                another image.
        """
        try:
            return cls.model_validate_json(text, by_alias=True, by_name=False)
        except ValidationError as error:
            uri, item = _split_uri(text)
            if uri is None:
                raise InvalidRecordError(invalid_record_reason(error)) from error
        record = cls.from_item(item)
        if record.uri != uri:
            msg = "not an image record: Uri does not match BucketName and ObjectKey"
            raise InvalidRecordError(msg)
        return record


def _split_uri(text: str | bytes) -> tuple[object, Item]:
    """Return the `Uri` of a JSON object, if it has one, and its other values."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None, {}
    if not isinstance(value, dict):
        return None, {}
    item = cast("Item", value)
    return item.pop("Uri", None), item


@dataclass(frozen=True, slots=True)
class WriteMetadata:
    """Attributes of a record that come from its write, not from the object.

    Attributes:
        processed_at: the time of the observation, timezone-aware.
        revision: an ID that no other write has.
        sequencer: the normalized sequencer, if any.
        reader_version: the version of the reader that read the image, if known.
        content_hash: see `ImageRecord`.
        thumbnail_hash: see `ImageRecord`.
    """

    processed_at: datetime
    revision: str
    sequencer: str | None
    reader_version: int | None
    content_hash: str | None = None
    thumbnail_hash: str | None = None


def build_record(
    observed: PresentObject, content: ImageProperties | Unreadable, write: WriteMetadata
) -> ImageRecord:
    """Return the record of an object and of the result of its property reader."""
    uploaded = observed.last_modified.replace(microsecond=0)
    if isinstance(content, Unreadable):
        status, error, properties = Status.FAILED, content.reason, ImageProperties()
    else:
        status, error, properties = Status.PROCESSED, None, content
    values = vars(properties) | {
        "image_id": observed.location.image_id,
        "bucket_name": observed.location.bucket,
        "object_key": observed.location.key,
        "status": status,
        "error": error,
        "content_error": observed.content_error,
        "processed_at": write.processed_at,
        "revision": write.revision,
        "file_size": observed.size,
        "content_type": clean_text(observed.content_type or ""),
        "upload_timestamp": int(uploaded.timestamp()),
        "upload_date": uploaded,
        "last_modified": observed.last_modified,
        "etag": observed.etag,
        "version_id": observed.version_id,
        "storage_class": clean_text(observed.storage_class or ""),
        "content_hash": write.content_hash,
        "thumbnail_hash": write.thumbnail_hash,
        "sequencer": write.sequencer,
        "reader_version": write.reader_version,
    }
    # Validation looks up each attribute once, not also by its alias.
    return ImageRecord.model_validate(values, by_alias=False, by_name=True)


def build_tombstone(location: ObjectLocation, write: WriteMetadata) -> ImageRecord:
    """Return the record of a deleted object.

    It keeps the sequencer, so that a late event cannot restore the record.
    """
    return ImageRecord(
        image_id=location.image_id,
        bucket_name=location.bucket,
        object_key=location.key,
        status=Status.DELETED,
        processed_at=write.processed_at,
        revision=write.revision,
        sequencer=write.sequencer,
        expires_at=int((write.processed_at + TOMBSTONE_LIFE).timestamp()),
    )
