"""What became of each item, and the summary of a batch, as people read it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from imgmeta.core.drift import Difference
from imgmeta.core.notifications import (
    MAX_FAILURES,
    MAX_MESSAGE_BYTES,
    Failure,
    heading,
    subject_line,
    with_failures,
)
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord

__all__ = ["BatchSummary", "ItemOutcome", "NotifyOn", "Outcome"]


class NotifyOn(StrEnum):
    """After which batches people are told."""

    ALL = "all"
    """After each."""
    FAILURES = "failures"
    """After those with something that failed."""
    NEVER = "never"
    """After none."""

    def wants(self, summary: "BatchSummary") -> bool:
        """Return whether people are told of this batch. A batch of nothing is none."""
        if self is NotifyOn.FAILURES:
            return summary.failed > 0
        return self is NotifyOn.ALL and summary.total > 0


class Outcome(StrEnum):
    """What became of one hint."""

    PROCESSED = "processed"
    """The image was read and its record stored."""
    FAILED = "failed"
    """The object is no readable image, and a record that says so was stored."""
    DELETED = "deleted"
    """The object is gone, and a tombstone was stored."""
    UNCHANGED = "unchanged"
    """The index says it already; nothing was written."""
    STALE = "stale"
    """The index knows something newer; nothing was written."""
    IGNORED = "ignored"
    """The key is not one that imgmeta indexes."""
    ERROR = "error"
    """The object or the index could not be reached; nothing was written."""


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of one hint, tied to the message it came from.

    Attributes:
        location: the object.
        outcome: what became of it.
        message_id: the message that the hint came from; empty for a hint from nowhere else.
        record: the record that was written, if one was.
        bytes_read: bytes of the object that were fetched.
        reason: why, for the outcomes failed and error.
        retryable: whether the same hint may do better later; only an error can.
        difference: why `sync` looked: how the index stood to the object before.
        occurred_at: when the event happened that the hint came of, where it says so.
    """

    location: ObjectLocation
    outcome: Outcome
    message_id: str = ""
    record: ImageRecord | None = None
    bytes_read: int = 0
    reason: str | None = None
    retryable: bool = False
    difference: Difference | None = None
    occurred_at: datetime | None = None

    @property
    def age(self) -> timedelta | None:
        """How old the event was when what it led to was stored; None if it was not, or is unknown.

        The two times are of two clocks: an age below zero says no more than zero.
        """
        if self.record is None or self.occurred_at is None:
            return None
        return max(self.record.processed_at - self.occurred_at, timedelta(0))


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What became of a batch of items. With `+`, summaries form a monoid; `BatchSummary()` is zero.

    Attributes:
        environment: the environment's name; a sum keeps the first that is not empty.
        processed: images read and stored.
        failed: objects that are no images, and items that could not be reached.
        deleted: objects found gone.
        unchanged: items of which the index said everything already, or that are not indexed.
        stale: items of which the index knew something newer.
        bytes_read: bytes of objects fetched.
        duration: time spent; of a sum, the sum of the times.
        failures: the first `MAX_FAILURES` of the failed items.
    """

    environment: str = ""
    processed: int = 0
    failed: int = 0
    deleted: int = 0
    unchanged: int = 0
    stale: int = 0
    bytes_read: int = 0
    duration: timedelta = timedelta()
    failures: tuple[Failure, ...] = ()

    @classmethod
    def of(cls, item: ItemOutcome) -> Self:
        """Return the summary of one item."""
        failed = item.outcome in {Outcome.FAILED, Outcome.ERROR}
        return cls(
            processed=int(item.outcome is Outcome.PROCESSED),
            failed=int(failed),
            deleted=int(item.outcome is Outcome.DELETED),
            unchanged=int(item.outcome in {Outcome.UNCHANGED, Outcome.IGNORED}),
            stale=int(item.outcome is Outcome.STALE),
            bytes_read=item.bytes_read,
            failures=(Failure(item.location.key, item.reason or ""),) if failed else (),
        )

    def __add__(self, other: Self) -> Self:
        """Return the summary of both batches, this one's failures first."""
        return replace(
            self,
            environment=self.environment or other.environment,
            processed=self.processed + other.processed,
            failed=self.failed + other.failed,
            deleted=self.deleted + other.deleted,
            unchanged=self.unchanged + other.unchanged,
            stale=self.stale + other.stale,
            bytes_read=self.bytes_read + other.bytes_read,
            duration=self.duration + other.duration,
            failures=(self.failures + other.failures)[:MAX_FAILURES],
        )

    @property
    def total(self) -> int:
        """All items of the batch."""
        return self.processed + self.failed + self.deleted + self.unchanged + self.stale

    def subject(self) -> str:
        """Return the subject of a message: one line of visible ASCII, under 100 characters."""
        verdict = f"{self.failed:,} failed" if self.failed else "all well"
        return subject_line(f"imgmeta: {self.processed:,} processed, {verdict}", self.environment)

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text of a message, at most `limit` bytes of UTF-8.

        The counts always stand in it, whole. Where the failed keys do not all fit, the list ends
        with how many are left out. Keys and reasons are escaped: what a file is called cannot
        forge a line.

        Args:
            limit: bytes; at least 1,024, so that the counts fit.
        """
        facts = (
            ("Processed", f"{self.processed:,}"),
            ("Failed", f"{self.failed:,}"),
            ("Deleted", f"{self.deleted:,}"),
            ("Unchanged", f"{self.unchanged:,}"),
            ("Stale", f"{self.stale:,}"),
            ("Bytes read", f"{self.bytes_read:,}"),
            ("Duration", f"{self.duration.total_seconds():,.1f} s"),
        )
        head = heading("Image processing summary", self.environment, facts)
        return with_failures(head, self.failures, self.failed, limit=limit)
