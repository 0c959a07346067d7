"""A record of every successful write to a repository, and the rules that the writes must keep."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import cast

from imgmeta import IfNewer, ImageRecord, ImageRepository, ItemOutcome, Status, WriteResult
from imgmeta.core.ordering import WriteCondition
from support.convergence.bucket import Current

__all__ = [
    "MISREPORTED",
    "NEVER_EXISTED",
    "TWICE",
    "Ledger",
    "ObjectState",
    "Write",
    "expected_state",
    "state_of",
]

NEVER_EXISTED = "the index had a state that the bucket never had"
TWICE = "an event or a write took effect twice"
MISREPORTED = "the reported writes differ from the actual writes"

ObjectState = tuple[Status, str | None, int | None, int | None, int | None, str | None] | None
"""An object's status, ETag, size, width, height and version; None: it does not exist."""


def state_of(record: ImageRecord) -> ObjectState:
    """Return the object state in a record."""
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


def expected_state(version: Current | None) -> ObjectState:
    """Return the state that the record of this version must have."""
    if version is None:
        return None
    status = Status.PROCESSED if version.content else Status.FAILED
    number = version.content or None
    return (status, version.etag, version.size, number, number, version.version_id)


@dataclass(frozen=True)
class Write:
    """A successful write.

    Attributes:
        key: the object's key.
        state: the object state that was written.
        revision: the record's revision.
        sequencer: the record's sequencer.
        by_event: whether the condition was `IfNewer`, not `IfRevision`.
    """

    key: str
    state: ObjectState
    revision: str
    sequencer: str | None
    by_event: bool

    @classmethod
    def of(cls, record: ImageRecord, *, by_event: bool) -> "Write":
        """Return the write of a record."""
        revision = record.revision or ""
        return cls(record.object_key, state_of(record), revision, record.sequencer, by_event)


@dataclass
class Ledger:
    """The successful writes, in order, and every state that the bucket had.

    The rules against duplicate effects:

    - A revision is written once. A request that is repeated because its response was lost is not a
      second write.
    - An event is written once, however often it is delivered: a write on the condition `IfNewer`
      has a higher sequencer than every write before it, and no write has a lower one.
    - Every reported write happened and is reported once. Every write is reported, unless its worker
      was stopped or received no response.
    """

    writes: list[Write] = field(default_factory=list)
    _states: dict[str, set[ObjectState]] = field(default_factory=dict)
    _never_existed: list[Write] = field(default_factory=list)

    def add_state(self, key: str, state: ObjectState) -> None:
        """Add a state that the bucket has now."""
        self._states.setdefault(key, {None}).add(state)

    def add_write(self, write: Write) -> None:
        """Add a successful write."""
        self.writes.append(write)
        if write.state not in self._states.get(write.key, {None}):
            self._never_existed.append(write)

    def wrap(self, repository: ImageRepository) -> ImageRepository:
        """Return the repository with each of its writes added here."""
        return cast("ImageRepository", _RecordingRepository(repository, self))

    def check(
        self, reported: Iterable[ItemOutcome], unreported: AbstractSet[str] = frozenset()
    ) -> None:
        """Assert the rules for all writes so far.

        Args:
            reported: the outcomes that workers returned.
            unreported: revisions whose write may be missing from the outcomes.
        """
        assert not self._never_existed, NEVER_EXISTED
        revisions = [write.revision for write in self.writes]
        assert len(set(revisions)) == len(revisions), TWICE
        newest: dict[str, str] = {}
        for write in self.writes:
            sequencer, before = write.sequencer or "", newest.get(write.key, "")
            assert sequencer > before if write.by_event else sequencer >= before, TWICE
            newest[write.key] = sequencer
        written = [item.record.revision for item in reported if item.record]
        assert len(set(written)) == len(written), MISREPORTED
        assert set(written) <= set(revisions) <= set(written) | unreported, MISREPORTED


class _RecordingRepository:
    def __init__(self, repository: ImageRepository, ledger: Ledger) -> None:
        self._repository = repository
        self._ledger = ledger

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        result = self._repository.put(record, condition)
        if result is WriteResult.STORED:
            self._ledger.add_write(Write.of(record, by_event=isinstance(condition, IfNewer)))
        return result

    def put_all(self, writes: Sequence[tuple[ImageRecord, WriteCondition]]) -> list[WriteResult]:
        return [self.put(*write) for write in writes]

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._repository, name)
        return method
