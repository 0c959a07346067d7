"""From an observation to the record that says it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from imgmeta.core.objects import ObjectLocation, PresentObject
from imgmeta.core.records import ImageProperties, ImageRecord, Status, Unreadable
from imgmeta.core.text import clean_text

__all__ = ["TOMBSTONE_LIFE", "Stamp", "record_of", "tombstone"]

TOMBSTONE_LIFE = timedelta(days=30)
"""How long a tombstone is kept: longer than any event can wait in a queue (14 days) and then in
its dead-letter queue (14 more), the longest that SQS keeps a message."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a write adds to an observation.

    Attributes:
        at: the time of the observation, aware.
        revision: a mark that no other write of this record has.
        sequencer: the normalised sequencer to keep with the record, if any.
        reader_version: the version of the property reader.
    """

    at: datetime
    revision: str
    sequencer: str | None
    reader_version: int


def record_of(
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
