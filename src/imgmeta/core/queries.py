"""Queries of the index."""

from dataclasses import dataclass
from datetime import UTC, datetime

from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.timestamps import ceil_seconds

__all__ = ["BEGINNING", "END", "Query"]

BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """Criteria that records must meet; None or empty matches all records.

    Attributes:
        bucket: the bucket; required with a prefix.
        prefix: the prefix of the keys.
        since: the earliest upload time, in whole seconds; timezone-aware.
        until: the end of the upload times, exclusive, in whole seconds; timezone-aware.
        status: the status. Tombstones match only if it is `Status.DELETED`.
        incomplete: whether only images match whose file is cut short.
        error: a text that the reason of a failure (`Error` or `ContentError`) contains, in any
            case; empty: any reason.
        reader_before: the reader version that the record must be older than. A record without a
            reader version is older than all.
    """

    bucket: str | None = None
    prefix: str = ""
    since: datetime | None = None
    until: datetime | None = None
    status: Status | None = None
    incomplete: bool = False
    error: str | None = None
    reader_before: int | None = None

    @property
    def has_times(self) -> bool:
        """Whether the query limits the upload time."""
        return self.since is not None or self.until is not None

    def matches(self, record: ImageRecord) -> bool:
        """Return whether `record` meets the criteria."""
        return (
            self._matches_status(record.status)
            and (not self.incomplete or record.complete is False)
            and (self.bucket is None or record.bucket_name == self.bucket)
            and record.object_key.startswith(self.prefix)
            and (not self.has_times or self._matches_time(record.upload_timestamp))
            and (self.error is None or _has_reason(record, self.error.casefold()))
            and (self.reader_before is None or (record.reader_version or 0) < self.reader_before)
        )

    def _matches_status(self, status: Status) -> bool:
        return status is not Status.DELETED if self.status is None else status is self.status

    def _matches_time(self, uploaded: int | None) -> bool:
        return uploaded is not None and (
            ceil_seconds(self.since or BEGINNING) <= uploaded < ceil_seconds(self.until or END)
        )


def _has_reason(record: ImageRecord, text: str) -> bool:
    reasons = (record.error, record.content_error)
    return any(text in reason.casefold() for reason in reasons if reason is not None)
