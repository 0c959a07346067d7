"""Summaries of records, for lists and counts of many images."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Self, TypeAlias

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.uris import uri_of

if TYPE_CHECKING:
    from datetime import datetime

    from imgmeta.core.records import ImageRecord
    from imgmeta.core.status import Status

__all__ = ["RecordSummary", "Summarized", "SummaryCount"]


class RecordSummary(NamedTuple):
    """The attributes of a record that lists show, count and sort by; see `ImageRecord`."""

    bucket_name: str
    object_key: str
    status: Status
    file_size: int | None
    format: str | None
    display_width: int | None
    display_height: int | None
    camera_make: str | None
    camera_model: str | None
    lens_model: str | None
    latitude: float | None
    longitude: float | None
    iso: int | None
    focal_length: float | None
    upload_timestamp: int | None
    taken_at: datetime | None
    taken_at_utc: datetime | None
    complete: bool | None
    partial_metadata: bool | None
    error: str | None
    content_error: str | None

    @classmethod
    def of(cls, record: ImageRecord) -> Self:
        """Return the summary of a record."""
        return cls._make(_values(record))

    @property
    def location(self) -> ObjectLocation:
        """The bucket and key."""
        return ObjectLocation(self.bucket_name, self.object_key)

    @property
    def uri(self) -> str:
        """The image's URI: see `ImageRecord.uri`."""
        return uri_of(self.location)


class SummaryCount(NamedTuple):
    """A number of records that share the values of some attributes.

    Attributes:
        summary: a summary with these values; others are None, or empty texts.
        number: the number of records.
        file_size: the total size of their objects in bytes.
    """

    summary: Summarized
    number: int
    file_size: int

    @classmethod
    def of(cls, record: Summarized) -> Self:
        """Return the count of one record."""
        return cls(record, 1, record.file_size or 0)


_values = attrgetter(*RecordSummary._fields)

Summarized: TypeAlias = "ImageRecord | RecordSummary"
"""Has the attributes of a summary."""
