"""Outcomes of hints, and the summary of a batch as a notification."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from imgmeta.core.drift import Difference
from imgmeta.core.hints import Hint
from imgmeta.core.notifications import (
    MAX_FAILURES,
    MAX_MESSAGE_BYTES,
    Failure,
    append_failures,
    failure_count,
    failure_values,
    heading,
    subject_line,
)
from imgmeta.core.objects import ObjectLocation, Observation, PresentObject
from imgmeta.core.ordering import WriteResult
from imgmeta.core.records import ImageRecord
from imgmeta.core.unindexed import UnindexedCount, label_of
from imgmeta.errors import ImgmetaError, TransientError

__all__ = ["BatchSummary", "ItemOutcome", "NotifyOn", "Outcome"]


class NotifyOn(StrEnum):
    """The batches that cause a notification."""

    ALL = "all"
    """Every batch with at least one item."""
    FAILURES = "failures"
    """Batches with a failure."""
    NEVER = "never"
    """No batch."""

    def wants(self, summary: "BatchSummary") -> bool:
        """Return whether this batch causes a notification."""
        if self is NotifyOn.FAILURES:
            return summary.failed > 0
        return self is NotifyOn.ALL and summary.total > 0


class Outcome(StrEnum):
    """The outcome of one hint."""

    PROCESSED = "processed"
    """The image was read and its record stored."""
    FAILED = "failed"
    """The image is unreadable, and its record with the reason was stored."""
    DELETED = "deleted"
    """The object does not exist, and a tombstone was stored."""
    UNCHANGED = "unchanged"
    """The index is up to date; nothing was written."""
    STALE = "stale"
    """The index has a newer record; nothing was written."""
    IGNORED = "ignored"
    """The key is not indexed."""
    ERROR = "error"
    """The object or its record could not be read, or the record could not be written."""


_OUTCOME_OF_REFUSED_WRITE = {
    WriteResult.STALE: Outcome.STALE,
    WriteResult.DUPLICATE: Outcome.UNCHANGED,
}


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """The outcome of one hint, with the ID of its message.

    Attributes:
        location: the object.
        outcome: the outcome.
        message_id: the ID of the hint's message; empty if there is none.
        record: the record that was written, if any.
        bytes_read: number of bytes of the object that were fetched.
        reason: the reason for the outcomes failed and error.
        retryable: whether the same hint may succeed later; only for the outcome error.
        difference: how the index differed from the object; None if they were not compared, or the
            write was forced.
        occurred_at: the time of the hint's event, if known.
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

    @classmethod
    def of_error(cls, hint: Hint, error: Exception) -> Self:
        """Return the outcome of a hint whose processing raised `error`.

        The text of an unexpected exception is left out, since it may contain anything.
        """
        is_expected = isinstance(error, ImgmetaError)
        return cls(
            hint.location,
            Outcome.ERROR,
            hint.message_id,
            reason=str(error) if is_expected else f"unexpected {type(error).__name__}",
            retryable=isinstance(error, TransientError) or not is_expected,
        )

    @classmethod
    def of_write(
        cls,
        hint: Hint,
        observation: Observation,
        record: ImageRecord,
        result: WriteResult,
        difference: Difference | None = None,
    ) -> Self:
        """Return the outcome of a hint whose record was written, or refused as not newer.

        A denied access to an object is a failure, even if its record keeps what was read before.
        """
        refused = _OUTCOME_OF_REFUSED_WRITE.get(result)
        outcome, reason = Outcome(record.status), record.error  # the names are the same
        if isinstance(observation, PresentObject) and not (
            observation.readable or observation.archived
        ):
            outcome, reason = Outcome.FAILED, record.content_error
        return cls(
            hint.location,
            refused or outcome,
            hint.message_id,
            record=None if refused else record,
            bytes_read=_fetched(observation),
            reason=None if refused else reason,
            difference=difference,
            occurred_at=hint.occurred_at,
        )

    @classmethod
    def unchanged(cls, hint: Hint, observation: Observation, difference: Difference | None) -> Self:
        """Return the outcome of a hint whose record is up to date."""
        return cls(
            hint.location,
            Outcome.UNCHANGED,
            hint.message_id,
            bytes_read=_fetched(observation),
            difference=difference,
        )

    @property
    def age(self) -> timedelta | None:
        """Time from the event to the write of its record; None if either is unknown.

        The two times come from different clocks, so a negative age counts as zero.
        """
        if self.record is None or self.occurred_at is None:
            return None
        return max(self.record.processed_at - self.occurred_at, timedelta(0))


def _fetched(observation: Observation) -> int:
    content = observation.content if isinstance(observation, PresentObject) else None
    return content.fetched if content else 0


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """Counts of the outcomes of a batch. `+` adds two summaries; `BatchSummary()` is empty.

    Attributes:
        environment: the environment's name; a sum keeps the first that is not empty.
        processed: number of images read and stored.
        failed: number of unreadable images and of errors.
        deleted: number of objects found deleted.
        unchanged: number of items that were up to date or are not indexed.
        ignored: the number of items that are not indexed, by `label_of`; also in `unchanged`.
        stale: number of items with a newer record in the index.
        bytes_read: number of bytes fetched from objects.
        duration: elapsed time; a sum adds the times.
        failures: the first `MAX_FAILURES` failed items.
    """

    environment: str = ""
    processed: int = 0
    failed: int = 0
    deleted: int = 0
    unchanged: int = 0
    ignored: Counter[str] = field(default_factory=Counter[str])
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
            ignored=Counter([label_of(item.location.key)] * (item.outcome is Outcome.IGNORED)),
            stale=int(item.outcome is Outcome.STALE),
            bytes_read=item.bytes_read,
            failures=(Failure(item.location.key, item.reason or "", item.location.bucket),)
            if failed
            else (),
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
            ignored=self.ignored + other.ignored,
            stale=self.stale + other.stale,
            bytes_read=self.bytes_read + other.bytes_read,
            duration=self.duration + other.duration,
            failures=(self.failures + other.failures)[:MAX_FAILURES],
        )

    @property
    def total(self) -> int:
        """Number of items in the batch."""
        return self.processed + self.failed + self.deleted + self.unchanged + self.stale

    def subject(self) -> str:
        """Return the subject: see `Notification.subject`."""
        counts = f"{self.processed:,} processed, {failure_count(self.failed)}"
        return subject_line(f"imgmeta: {counts}", self.environment)

    def text(self, *, limit: int = MAX_MESSAGE_BYTES) -> str:
        """Return the text: see `Notification.text`."""
        facts = (
            ("Processed", f"{self.processed:,}"),
            ("Failed", f"{self.failed:,}"),
            ("Deleted", f"{self.deleted:,}"),
            ("Unchanged", f"{self.unchanged:,}"),
            *[("Not indexed", UnindexedCount(self.ignored).text())] * bool(self.ignored),
            ("Stale", f"{self.stale:,}"),
            ("Bytes read", f"{self.bytes_read:,}"),
            ("Duration", f"{self.duration.total_seconds():,.1f} s"),
        )
        head = heading("Image processing summary", self.environment, facts)
        return append_failures(head, self.failures, self.failed, limit=limit)

    def values(self) -> dict[str, object]:
        """Return the values: see `Notification.values`; `Duration` is in seconds."""
        return {
            "Kind": "batch",
            "Environment": self.environment,
            "Processed": self.processed,
            "Failed": self.failed,
            "Deleted": self.deleted,
            "Unchanged": self.unchanged,
            "Stale": self.stale,
            "BytesRead": self.bytes_read,
            "Duration": self.duration.total_seconds(),
            "Failures": failure_values(self.failures),
        }
