"""A backfill in memory: a bucket, an index, queues with depths, and a clock."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from imgmeta.adapters.memory import InMemoryHintQueue, InMemoryImageRepository, InMemoryObjectStore
from imgmeta.core.events import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.deployment.core.backfill import BackfillScope, Checkpoint
from imgmeta.deployment.core.stacks import QueueDepth
from imgmeta.deployment.service.backfill import Backfill
from imgmeta.service import Indexer, Rules
from support.convergence.bucket import WidthReader

__all__ = ["QUEUE", "BackfillHarness", "InMemoryCheckpoints", "RecordingQueue"]

QUEUE, DEAD_LETTERS = "https://sqs/queue", "https://sqs/dead-letters"
START = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


class InMemoryCheckpoints:
    """Checkpoints in a dictionary, and the positions that were saved."""

    def __init__(self) -> None:
        self.stored: dict[BackfillScope, Checkpoint] = {}
        self.saved: list[Checkpoint] = []

    def load(self, scope: BackfillScope) -> Checkpoint | None:
        return self.stored.get(scope)

    def save(self, checkpoint: Checkpoint) -> None:
        self.stored[checkpoint.scope] = checkpoint
        self.saved.append(checkpoint)

    def remove(self, scope: BackfillScope) -> None:
        self.stored.pop(scope, None)


class RecordingQueue(InMemoryHintQueue):
    """A queue that records the batches, and fails on request.

    Attributes:
        batches: the keys of each batch that was accepted.
        errors: the errors to raise, by the first key of a batch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[list[str]] = []
        self.errors: dict[str, Exception] = {}

    def send(self, hints: Iterable[Hint]) -> None:
        batch = list(hints)
        if error := self.errors.get(batch[0].location.key):
            raise error
        super().send(batch)
        self.batches.append([each.location.key for each in batch])


@dataclass
class BackfillHarness:
    """The ports of a backfill.

    Attributes:
        depths: the depths that the gauge returns in turn; the last one forever.
        sleeps: the pauses.
    """

    bucket: str = "holiday"
    objects: InMemoryObjectStore = field(default_factory=InMemoryObjectStore)
    repository: InMemoryImageRepository = field(default_factory=InMemoryImageRepository)
    queue: RecordingQueue = field(default_factory=RecordingQueue)
    checkpoints: InMemoryCheckpoints = field(default_factory=InMemoryCheckpoints)
    depths: list[QueueDepth] = field(default_factory=lambda: [QueueDepth(0, 0)])
    dead_letters: int = 0
    sleeps: list[float] = field(default_factory=list)
    now: float = 0.0
    revisions: Iterator[int] = field(default_factory=count)

    def depth(self, url: str) -> QueueDepth:
        """Return the next depth: see `QueueGauge.depth`."""
        if url == DEAD_LETTERS:
            return QueueDepth(self.dead_letters, 0)
        return self.depths.pop(0) if len(self.depths) > 1 else self.depths[0]

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.sleeps.append(seconds)
        self.now += seconds

    def put(self, *keys: str, content: bytes = b"\5") -> None:
        """Store objects."""
        for key in keys:
            location = ObjectLocation(self.bucket, key)
            self.objects.put(location, content, last_modified=START)

    def delete(self, *keys: str) -> None:
        """Delete objects."""
        for key in keys:
            self.objects.delete(ObjectLocation(self.bucket, key))

    def sync(self) -> None:
        """Update the index to match the bucket."""
        for _ in self.indexer.sync(Target(self.bucket)):
            pass

    @property
    def indexer(self) -> Indexer:
        """The function's indexer, which is also that of the backfill."""
        return Indexer(
            repository=self.repository,
            objects=self.objects,
            reader=WidthReader(),
            rules=Rules(suffix_filter(["jpg"])),
            clock=lambda: START + timedelta(seconds=self.now),
            new_revision=lambda: f"r{next(self.revisions)}",
        )

    @property
    def backfill(self) -> Backfill:
        """The backfill."""
        return Backfill(
            indexer=self.indexer,
            repository=self.repository,
            queue=self.queue,
            gauge=self,
            queue_url=QUEUE,
            dead_letter_queue_url=DEAD_LETTERS,
            checkpoints=self.checkpoints,
            clock=lambda: START + timedelta(seconds=self.now),
            timer=lambda: self.now,
            sleep=self.sleep,
        )

    def process(self) -> None:
        """Process all messages in the queue like the function."""
        while deliveries := self.queue.receive():
            for delivery in deliveries:
                for hint in delivery.parsed.hints:
                    self.indexer.process(hint)
            self.queue.settle(deliveries)
