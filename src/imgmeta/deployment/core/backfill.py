"""Values of a backfill: its scope, its checkpoint, its progress and its result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from imgmeta.core.drift import Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target, outermost
from imgmeta.deployment.core.deployed import DeployedIndex

__all__ = [
    "BackfillPhase",
    "BackfillProgress",
    "BackfillResult",
    "BackfillScope",
    "Checkpoint",
    "UnreadableImage",
    "scope_targets",
]


@dataclass(frozen=True, slots=True)
class BackfillScope:
    """The objects that a backfill compares with the index of one stack.

    Attributes:
        stack_id: the ID of the stack, which a new stack of the same name does not have.
        targets: the buckets and prefixes, in the order of the work; no two overlap.
        source: the description of the listing; empty: the listings of the buckets.
    """

    stack_id: str
    targets: tuple[Target, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A position in a backfill: the queue has accepted the hints of every earlier difference.

    Attributes:
        scope: the scope of the backfill.
        started_at: when the backfill was first started, timezone-aware.
        dead_letters: the number of dead letters at that time.
        target: the number of the target to continue with; the number of targets: all were compared.
        after: the key of that target after which to continue; None: at its start.
        compared: the number of keys compared so far.
        sent: the number of hints sent so far.
        rejected: the number of differences so far that no hint can be encoded for.
        differences: the number of differences of each kind so far.
        ahead: objects after the position whose hints the queue has accepted, too, since batches in
            flight are not always accepted in order.
    """

    scope: BackfillScope
    started_at: datetime
    dead_letters: int = 0
    target: int = 0
    after: str | None = None
    compared: int = 0
    sent: int = 0
    rejected: int = 0
    differences: Mapping[Difference, int] = field(default_factory=dict[Difference, int])
    ahead: tuple[ObjectLocation, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether a backfill could have saved these values."""
        counts = (self.dead_letters, self.compared, self.sent, self.rejected)
        return (
            0 <= self.target <= len(self.scope.targets)
            and min(*counts, *self.differences.values()) >= 0
            and self.started_at.tzinfo is not None
        )

    @property
    def is_compared(self) -> bool:
        """Whether all targets were compared, and all hints sent."""
        return self.target >= len(self.scope.targets)


class BackfillPhase(StrEnum):
    """The phases of a backfill."""

    COMPARING = "comparing"
    """It compares the listing with the index, and sends hints."""
    PAUSED = "paused"
    """It waits until the queue has fewer messages."""
    DRAINING = "draining"
    """It has sent all hints, and waits until the queue is empty."""


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """The progress of a running backfill.

    Attributes:
        phase: the current phase.
        compared: the number of keys compared.
        sent: the number of hints sent.
        depth: the number of messages in the queue when it was last measured, both waiting and in
            flight; None: not measured yet.
    """

    phase: BackfillPhase
    compared: int
    sent: int
    depth: int | None = None


class UnreadableImage(NamedTuple):
    """An unreadable image, and the reason in its record."""

    location: ObjectLocation
    reason: str


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """The result of a backfill whose queue is empty.

    The numbers of records are those of a digest. They count the records of the targets that were
    written since the backfill started.

    Attributes:
        processed: the number of images that were read.
        failed: the number of unreadable images.
        deleted: the number of records marked as deleted.
        incomplete: the number of images whose file is cut short.
        file_size: total size of the processed and failed objects in bytes.
        unreadable: the number of records in the index that are still unreadable.
        failures: the first unreadable images.
        dead_letters: the number of messages that the dead-letter queue gained.
    """

    processed: int = 0
    failed: int = 0
    deleted: int = 0
    incomplete: int = 0
    file_size: int = 0
    unreadable: int = 0
    failures: tuple[UnreadableImage, ...] = ()
    dead_letters: int = 0

    @property
    def written(self) -> int:
        """The number of records written since the backfill started."""
        return self.processed + self.failed + self.deleted


def scope_targets(deployed: DeployedIndex, requested: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets of a backfill, without those that another one contains.

    Args:
        deployed: the stack's index.
        requested: the requested targets; none: all that the stack indexes.

    Raises:
        ConfigurationError: the stack does not index a requested target.
    """
    for each in requested:
        deployed.check_target(each)
    return tuple(outermost(requested)) or deployed.targets
