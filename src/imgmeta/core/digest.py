"""The digest: a notification about the images uploaded in a period."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from imgmeta.core.notifications import (
    MAX_FAILURES,
    MAX_MESSAGE_BYTES,
    Failure,
    append_failures,
    append_keys,
    failure_count,
    failure_values,
    heading,
    subject_line,
)
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.text import counted
from imgmeta.core.unindexed import UnindexedCount

__all__ = ["Digest"]

_SHORTEST_LIST = 64
"""Bytes that suffice for the title of a list and the number of its items."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Counts of the images uploaded in one period.

    Attributes:
        environment: the environment's name; empty if it has none.
        since: the period's start, timezone-aware.
        until: the period's end, timezone-aware.
        processed: number of images that were read.
        failed: number of unreadable images.
        file_size: total size of all these objects in bytes.
        failures: the first `MAX_FAILURES` unreadable images.
        unindexed: the number of files uploaded in the period that are not indexed; None: unknown.
        incomplete: number of images whose file is cut short.
        incomplete_keys: the keys of the first `MAX_FAILURES` of these images.
        unreadable: number of records in the index that are unreadable, and not counted otherwise.
    """

    environment: str
    since: datetime
    until: datetime
    processed: int = 0
    failed: int = 0
    file_size: int = 0
    failures: tuple[Failure, ...] = ()
    unindexed: UnindexedCount | None = None
    incomplete: int = 0
    incomplete_keys: tuple[str, ...] = ()
    unreadable: int = 0

    @classmethod
    def of(
        cls,
        records: Iterable[ImageRecord],
        *,
        since: datetime,
        until: datetime,
        environment: str = "",
    ) -> Self:
        """Return the digest of `records`, consuming them in constant memory.

        Tombstones are not counted. The other arguments are the attributes of the same names.
        """
        processed = failed = file_size = incomplete = 0
        failures: list[Failure] = []
        incomplete_keys: list[str] = []
        for record in records:
            if record.status is Status.DELETED:
                continue
            file_size += record.file_size or 0
            if record.status is Status.PROCESSED:
                processed += 1
                if record.complete is False:
                    incomplete += 1
                    if len(incomplete_keys) < MAX_FAILURES:
                        incomplete_keys.append(record.object_key)
                continue
            failed += 1
            if len(failures) < MAX_FAILURES:
                failures.append(Failure(record.object_key, record.error or "", record.bucket_name))
        return cls(
            environment=environment,
            since=since,
            until=until,
            processed=processed,
            failed=failed,
            file_size=file_size,
            failures=tuple(failures),
            incomplete=incomplete,
            incomplete_keys=tuple(incomplete_keys),
        )

    def subject(self) -> str:
        """Return the subject: see `Notification.subject`."""
        counts = f"{self.processed:,} processed, {failure_count(self.failed)}"
        if self.incomplete:
            counts += f", {self.incomplete:,} incomplete"
        return subject_line(f"imgmeta digest: {counts}", self.environment)

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text: see `Notification.text`; the period and the size are complete too."""
        facts = (
            ("Since", _format_utc(self.since)),
            ("Until", _format_utc(self.until)),
            ("Processed", f"{self.processed:,}"),
            ("Failed", f"{self.failed:,}"),
            *([("Incomplete", f"{self.incomplete:,}")] if self.incomplete else []),
            ("Bytes", f"{self.file_size:,}"),
            *([("Not indexed", self.unindexed.text())] if self.unindexed else []),
            *([("Unreadable", self._unreadable_text())] if self.unreadable else []),
        )
        head = heading("Image digest", self.environment, facts)
        reserved = _SHORTEST_LIST if self.incomplete else 0
        text = append_failures(head, self.failures, self.failed, limit=limit - reserved)
        return append_keys(text, "Incomplete", self.incomplete_keys, self.incomplete, limit=limit)

    def values(self) -> dict[str, object]:
        """Return the values: see `Notification.values`; times are in UTC (RFC 3339)."""
        return {
            "Kind": "digest",
            "Environment": self.environment,
            "Since": self.since.astimezone(UTC).isoformat(),
            "Until": self.until.astimezone(UTC).isoformat(),
            "Processed": self.processed,
            "Failed": self.failed,
            "Incomplete": self.incomplete,
            "Unreadable": self.unreadable,
            "Bytes": self.file_size,
            "Failures": failure_values(self.failures),
        }

    def _unreadable_text(self) -> str:
        return f"{counted(self.unreadable, 'record')}: run `imgmeta sync` on the bucket"


def _format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(' ')} UTC"
