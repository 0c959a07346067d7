"""The record: what the index says of one image, in the attribute names it is stored under."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_pascal

from imgmeta.core.identity import image_id
from imgmeta.core.ordering import SEQUENCER_WIDTH
from imgmeta.core.text import MAX_TEXT, printable, shorten
from imgmeta.errors import InvalidRecordError

__all__ = [
    "MAX_INTEGER",
    "MAX_KEY",
    "SCHEMA_VERSION",
    "Coordinate",
    "ImageProperties",
    "ImageRecord",
    "Item",
    "ItemValue",
    "Status",
    "Unreadable",
    "display_size",
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


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        msg = "the zone shifts it out of the years that there are"
        raise ValueError(msg) from error


Text = Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
Pixels = Annotated[int, Field(ge=1, le=2**32 - 1)]
Positive = Annotated[float, Field(gt=0)]
Coordinate = Annotated[float, Field(ge=-180, le=180)]
Utc = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Hexadecimal = Annotated[str, Field(pattern=rf"^[0-9A-F]{{{SEQUENCER_WIDTH}}}$")]


class Status(StrEnum):
    """What the index knows of the object at a key."""

    PROCESSED = "processed"
    """It is an image, and its properties were read."""
    FAILED = "failed"
    """It is there, but is not an image that can be read; `Error` says why."""
    DELETED = "deleted"
    """It is gone: a tombstone, forgotten after `ExpiresAt`."""


class _Stored(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_pascal,
        allow_inf_nan=False,
        defer_build=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        strict=True,
    )


class ImageProperties(_Stored):
    """What an image file says of itself. What it does not say is None: never empty, zero or NaN.

    Attributes:
        format: `JPEG`, `PNG`, `GIF`, `WEBP`, `TIFF`, `BMP`, `AVIF`, `HEIC` or another name.
        mime_type: the media type of that format.
        width: pixels a row, as stored.
        height: rows of pixels, as stored.
        display_width: pixels a row, as shown: turned as the container asks for (`irot` and `imir`
            of ISO/IEC 23008-12, which are normative) where it does, else as `orientation` says.
        display_height: rows of pixels, as shown.
        orientation: EXIF tag 0x0112, from 1 to 8, whatever the container says; without that tag,
            what the container's own turning amounts to.
        color_mode: `L`, `LA`, `RGB`, `RGBA`, `P`, `CMYK`, `YCbCr`, `Lab` or the like.
        bit_depth: bits of each channel.
        has_alpha: whether pixels can be transparent.
        frame_count: images in the file: frames of an animation, pages of a TIFF.
        icc_profile: the description of the colour profile in the file.
        camera_make: EXIF tag 0x010F.
        camera_model: EXIF tag 0x0110.
        lens_model: EXIF tag 0xA434.
        exposure_time: seconds; EXIF tag 0x829A.
        f_number: EXIF tag 0x829D.
        iso: EXIF tag 0x8827.
        focal_length: millimetres; EXIF tag 0x920A.
        latitude: degrees, north positive.
        longitude: degrees, east positive.
        altitude: metres above sea level.
        taken_at: the wall-clock time that the camera wrote, without a zone.
        taken_at_offset: the zone that the camera wrote with it, `+02:00`.
        taken_at_utc: the same moment in UTC, only when an offset or the GPS clock says so.
        taken_at_source: the tag that `taken_at` came from, such as `EXIF:DateTimeOriginal`.
    """

    format: Text | None = None
    mime_type: Text | None = None
    width: Pixels | None = None
    height: Pixels | None = None
    display_width: Pixels | None = None
    display_height: Pixels | None = None
    orientation: Annotated[int, Field(ge=1, le=8)] | None = None
    color_mode: Text | None = None
    bit_depth: Annotated[int, Field(ge=1, le=64)] | None = None
    has_alpha: bool | None = None
    frame_count: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None
    icc_profile: Text | None = None
    camera_make: Text | None = None
    camera_model: Text | None = None
    lens_model: Text | None = None
    exposure_time: Positive | None = None
    f_number: Positive | None = None
    iso: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None
    focal_length: Positive | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Coordinate | None = None
    altitude: Annotated[float, Field(ge=-100_000, le=1_000_000)] | None = None
    taken_at: NaiveDatetime | None = None
    taken_at_offset: Annotated[str, Field(pattern=r"^[+-]\d{2}:\d{2}$")] | None = None
    taken_at_utc: Utc | None = None
    taken_at_source: Text | None = None


class Unreadable(_Stored):
    """What a property reader says of bytes that are not an image it can read."""

    reason: Text


def display_size(width: int, height: int, orientation: int | None) -> tuple[int, int]:
    """Return width and height as shown: EXIF orientations 5 to 8 stand the image on its side."""
    return (height, width) if orientation is not None and orientation >= 5 else (width, height)  # noqa: PLR2004 - EXIF 2.3, tag 0x0112


class _Indexed(_Stored):
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
        sequencer: the normalised sequencer of the newest event that made imgmeta look.
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
