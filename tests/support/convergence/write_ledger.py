"""Every write that a store took, and the laws that each of them keeps."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import cast

from imgmeta import IfNewer, ImageRecord, ImageRepository, ItemOutcome, Status, WriteResult
from imgmeta.core.ordering import WriteCondition
from support.convergence.bucket import Current

__all__ = ["NEVER_WAS", "TWICE", "UNWRITTEN", "Ledger", "Said", "Write", "said_of", "shown_by"]

NEVER_WAS = "the index said something that never was in the bucket"
TWICE = "one event, or one write, took effect twice"
UNWRITTEN = "what is reported as written is not what was written"

Said = tuple[Status, str | None, int | None, int | None, int | None, str | None] | None
"""What is said of an object: status, ETag, size, width, height and version; None: it is gone."""


def said_of(record: ImageRecord) -> Said:
    """Return what a record says of its object."""
    if record.status is Status.DELETED:
        return None
    return (
        record.status,
        record.etag,
        record.file_size,
        record.width,
        record.height,
        record.version_id,
    )


def shown_by(version: Current | None) -> Said:
    """Return what a record must say of what is there."""
    if version is None:
        return None
    status = Status.PROCESSED if version.content else Status.FAILED
    number = version.content or None
    return (status, version.etag, version.size, number, number, version.version_id)


@dataclass(frozen=True)
class Write:
    """A write that a store took.

    Attributes:
        key: of the object.
        said: what was written of it.
        revision: the record's.
        sequencer: the record's.
        by_event: whether it was written for being newer, not over a revision.
    """

    key: str
    said: Said
    revision: str
    sequencer: str | None
    by_event: bool

    @classmethod
    def of(cls, record: ImageRecord, *, by_event: bool) -> "Write":
        """Return the write of this record."""
        return cls(record.object_key, said_of(record), record.revision, record.sequencer, by_event)


@dataclass
class Ledger:
    """The writes that a store took, in order, and everything that was ever in the bucket.

    No duplicate effects, precisely:

    - a revision is taken once: a write that is sent again, because its answer was lost, is not a
      second one;
    - an event is written once, however often it is delivered: of the writes for being newer, each
      has a higher sequencer than every write before it, and no write has a lower one;
    - what is reported as written was written, and is reported once; and what was written is
      reported, if whoever wrote it was not stopped, and heard an answer.
    """

    writes: list[Write] = field(default_factory=list)
    _shown: dict[str, set[Said]] = field(default_factory=dict)
    _never_was: list[Write] = field(default_factory=list)

    def saw(self, key: str, said: Said) -> None:
        """Note what is in the bucket now."""
        self._shown.setdefault(key, {None}).add(said)

    def take(self, write: Write) -> None:
        """Note a write that was made."""
        self.writes.append(write)
        if write.said not in self._shown.get(write.key, {None}):
            self._never_was.append(write)

    def over(self, repository: ImageRepository) -> ImageRepository:
        """Return the repository, each write that it takes noted here."""
        return cast("ImageRepository", _Noting(repository, self))

    def check(
        self, reported: Iterable[ItemOutcome], unheard: AbstractSet[str] = frozenset()
    ) -> None:
        """Assert the laws of all writes so far.

        Args:
            reported: what became of hints, as whoever looked into them says.
            unheard: revisions of which nobody could report what became of them.
        """
        assert not self._never_was, NEVER_WAS
        revisions = [write.revision for write in self.writes]
        assert len(set(revisions)) == len(revisions), TWICE
        newest: dict[str, str] = {}
        for write in self.writes:
            sequencer, before = write.sequencer or "", newest.get(write.key, "")
            assert sequencer > before if write.by_event else sequencer >= before, TWICE
            newest[write.key] = sequencer
        told = [item.record.revision for item in reported if item.record]
        assert len(set(told)) == len(told), UNWRITTEN
        assert set(told) <= set(revisions) <= set(told) | unheard, UNWRITTEN


class _Noting:
    def __init__(self, repository: ImageRepository, ledger: Ledger) -> None:
        self._repository = repository
        self._ledger = ledger

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result = self._repository.put(record, condition)
        if result is WriteResult.STORED:
            self._ledger.take(Write.of(record, by_event=isinstance(condition, IfNewer)))
        return result

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._repository, name)
        return method
