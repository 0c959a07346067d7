"""The digest: what the index says of the images that were uploaded in a period, for people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from imgmeta.core.notifications import (
    MAX_FAILURES,
    MAX_MESSAGE_BYTES,
    Failure,
    heading,
    subject_line,
    with_failures,
)
from imgmeta.core.records import ImageRecord, Status

__all__ = ["Digest"]


@dataclass(frozen=True, slots=True)
class Digest:
    """What there is of one period.

    Attributes:
        environment: the environment's name; empty if it has none.
        since: the period's start, aware.
        until: the period's end, aware.
        processed: images that were read.
        failed: objects that are no readable images.
        file_size: bytes of all those objects together.
        failures: the first `MAX_FAILURES` of the failed ones.
    """

    environment: str
    since: datetime
    until: datetime
    processed: int = 0
    failed: int = 0
    file_size: int = 0
    failures: tuple[Failure, ...] = ()

    @classmethod
    def of(
        cls,
        records: Iterable[ImageRecord],
        *,
        since: datetime,
        until: datetime,
        environment: str = "",
    ) -> Self:
        """Return the digest of `records`, which are consumed one by one, in constant memory.

        Tombstones are no images, and are left out.

        Args:
            records: those of the period.
            since: the period's start, aware.
            until: the period's end, aware.
            environment: the environment's name.
        """
        processed = failed = file_size = 0
        failures: list[Failure] = []
        for record in records:
            if record.status is Status.DELETED:
                continue
            file_size += record.file_size or 0
            if record.status is Status.PROCESSED:
                processed += 1
                continue
            failed += 1
            if len(failures) < MAX_FAILURES:
                failures.append(Failure(record.object_key, record.error or ""))
        return cls(environment, since, until, processed, failed, file_size, tuple(failures))

    def subject(self) -> str:
        """Return the subject of a message: one line of visible ASCII, under 100 characters."""
        verdict = f"{self.failed:,} failed" if self.failed else "all well"
        statement = f"imgmeta digest: {self.processed:,} processed, {verdict}"
        return subject_line(statement, self.environment)

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text of a message, at most `limit` bytes of UTF-8.

        The period, the counts and the bytes always stand in it, whole. Where the failed keys do
        not all fit, the list ends with how many are left out. Keys and reasons are escaped: what a
        file is called cannot forge a line.

        Args:
            limit: bytes; at least 1,024, so that the counts fit.
        """
        facts = (
            ("Since", _in_utc(self.since)),
            ("Until", _in_utc(self.until)),
            ("Processed", f"{self.processed:,}"),
            ("Failed", f"{self.failed:,}"),
            ("Bytes", f"{self.file_size:,}"),
        )
        head = heading("Image digest", self.environment, facts)
        return with_failures(head, self.failures, self.failed, limit=limit)


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(' ')} UTC"
