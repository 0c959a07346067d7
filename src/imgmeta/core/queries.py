"""What a person asks of the index."""

from dataclasses import dataclass
from datetime import UTC, datetime

from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.timestamps import ceil_seconds

__all__ = ["BEGINNING", "END", "Query"]

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """The records that are asked for; what is not said does not narrow.

    Attributes:
        bucket: the bucket of the keys; needed where there is a prefix.
        prefix: what the keys start with.
        since: uploaded at or after this time, to the second; aware.
        until: uploaded before this time, to the second; aware.
        status: with this status. Tombstones are found only if asked for by their status.
    """

    bucket: str | None = None
    prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None
    status: Status | None = None

    @property
    def has_times(self) -> bool:
        """Whether only objects uploaded in a certain time are asked for."""
        return self.since is not None or self.until is not None

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` is one that is asked for, whichever way it was found."""
        return (
            (self.status is None or record.status is self.status)
            and (self.bucket is None or record.bucket_name == self.bucket)
            and record.object_key.startswith(self.prefix)
            and (not self.has_times or self._uploaded_in_time(record.upload_timestamp))
        )

    def _uploaded_in_time(self, uploaded: int | None) -> bool:
        return uploaded is not None and (
            ceil_seconds(self.since or BEGINNING) <= uploaded < ceil_seconds(self.until or END)
        )
