"""Attributes by which records are filtered and sorted, with their values.

A value is a number or a text, so that every store can keep, index and compare it. An unknown value
is None.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from imgmeta.core.cameras import camera_text
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.status import Status

if TYPE_CHECKING:
    from imgmeta.core.summaries import Summarized

__all__ = [
    "Label",
    "Moment",
    "Number",
    "Order",
    "Presence",
    "Shape",
    "Sort",
    "SortValue",
    "label_of",
    "number_of",
    "shape_of",
    "sort_value",
    "uploaded_at",
]

_LOCAL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - compared with local times
_MICROSECOND = timedelta(microseconds=1)


class Number(StrEnum):
    """Attributes that are numbers."""

    WIDTH = "width"
    """Pixels per row, as displayed."""
    HEIGHT = "height"
    """Rows of pixels, as displayed."""
    MEGAPIXELS = "megapixels"
    """Width times height, in millions."""
    SIZE = "size"
    """The size of the file in bytes."""
    ISO = "iso"
    FOCAL = "focal"
    """The focal length in millimeters, as the lens has it."""


class Moment(StrEnum):
    """Attributes that are times."""

    TAKEN = "taken"
    """When the image was taken, in the camera's local time, without a time zone."""
    TAKEN_UTC = "taken-utc"
    """The same moment in UTC, only if the file has an offset or a GPS time."""
    UPLOADED = "uploaded"
    """The upload time in whole seconds; unknown in a tombstone."""


class Label(StrEnum):
    """Attributes that are texts."""

    CAMERA = "camera"
    """Make and model, with a space between them."""
    LENS = "lens"
    FORMAT = "format"


class Order(StrEnum):
    """Attributes that only sort; other filters have a type of their own for them."""

    KEY = "key"
    """Bucket, then key."""
    STATUS = "status"
    ERROR = "error"
    """The reason of a failure, in lower case."""
    ORIENTATION = "orientation"
    """Landscape, portrait, then square."""
    COMPLETE = "complete"
    """Files that are cut short, then complete ones."""
    LATITUDE = "latitude"
    """From south to north."""
    LONGITUDE = "longitude"
    """From west to east."""


class Presence(StrEnum):
    """Parts of the metadata that an image has or lacks."""

    LOCATION = "location"
    """Latitude and longitude."""
    DATE = "date"
    """The local time when the image was taken."""
    CAMERA = "camera"
    """Make or model."""


class Shape(StrEnum):
    """The shape of an image, as displayed."""

    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    SQUARE = "square"


Sort = Number | Moment | Label | Order | DistanceFrom
"""An attribute by which records are sorted."""

SortValue = int | float | str | None
"""The value that a record is sorted by; None: unknown."""


def number_of(record: Summarized, attribute: Number) -> int | float | None:  # noqa: PLR0911 - one for each attribute
    """Return the value of a number."""
    match attribute:
        case Number.WIDTH:
            return record.display_width
        case Number.HEIGHT:
            return record.display_height
        case Number.SIZE:
            return record.file_size
        case Number.ISO:
            return record.iso
        case Number.FOCAL:
            return record.focal_length
        case _:
            pass
    if record.display_width is None or record.display_height is None:
        return None
    # In floating point, which SQL has too; exact below 9 billion megapixels.
    return float(record.display_width) * float(record.display_height) / 1e6


def uploaded_at(record: Summarized) -> int | None:
    """Return the upload time in seconds since 1970."""
    return None if record.status is Status.DELETED else record.upload_timestamp


def label_of(record: Summarized, attribute: Label) -> str | None:
    """Return the value of a text."""
    if attribute is Label.CAMERA:
        return camera_text(record)
    return record.lens_model if attribute is Label.LENS else record.format


def shape_of(record: Summarized) -> Shape | None:
    """Return the shape of the image as displayed."""
    width, height = record.display_width, record.display_height
    if width is None or height is None:
        return None
    if width == height:
        return Shape.SQUARE
    return Shape.LANDSCAPE if width > height else Shape.PORTRAIT


def sort_value(record: Summarized, sort: Sort) -> SortValue:  # noqa: C901, PLR0911, PLR0912 - one for each attribute
    """Return the value that a record is sorted by.

    Texts are in lower case and compared by code points; times are numbers: the upload time in
    seconds since 1970, the others in microseconds.
    """
    match sort:
        case Number():
            return number_of(record, sort)
        case Label():
            return _lower(label_of(record, sort))
        case Moment.UPLOADED:
            return uploaded_at(record)
        case Moment.TAKEN:
            return _microseconds(record.taken_at)
        case Moment.TAKEN_UTC:
            moment = record.taken_at_utc
            return _microseconds(moment.replace(tzinfo=None) if moment else None)
        case Order.STATUS:
            return record.status.value
        case Order.ERROR:
            return _lower(record.error or record.content_error)
        case Order.ORIENTATION:
            return shape_of(record)
        case Order.COMPLETE:
            return None if record.complete is None else int(record.complete)
        case Order.LATITUDE:
            return record.latitude
        case Order.LONGITUDE:
            return record.longitude
        case DistanceFrom():
            return sort.kilometers(record)
        case _:
            return 0  # the key itself is compared if the values are equal


def _lower(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _LOCAL_EPOCH) // _MICROSECOND
