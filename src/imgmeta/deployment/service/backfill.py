"""Backfills an index: compares listings with it, and sends the differences to the stack's queue."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.events import Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.core.text import counted
from imgmeta.deployment.core.backfill import (
    BackfillPhase,
    BackfillProgress,
    BackfillResult,
    BackfillScope,
    Checkpoint,
)
from imgmeta.deployment.ports import CheckpointStore, ListingSource, QueueGauge
from imgmeta.deployment.service.hint_sender import HintSender
from imgmeta.deployment.service.queue_pressure import POLL, QueuePressure
from imgmeta.deployment.service.written_records import count_written
from imgmeta.errors import TransientError
from imgmeta.ports import HintQueue, ImageRepository
from imgmeta.service import HINTS_PER_BATCH, Indexer, OnUnindexed

__all__ = ["CONCURRENCY", "Backfill", "BackfillRun"]

CONCURRENCY = 4
"""Batches in flight. With 15 ms for a request, they send about 2,500 hints a second, several times
the rate of the function with the default concurrency."""

_EMPTY_POLLS = 3
"""Consecutive measurements of an empty queue that end the wait, since they are approximate."""

_STALL = timedelta(minutes=30)
"""How long the queue may stay unchanged: several visibility timeouts of the template."""

_REPORTED_KEYS = 1_000
_CHECKPOINT_KEYS = 10_000
"""Keys after which hints are sent although the batch is not full, to advance the checkpoint."""

_MAX_LOOKED_UP = 1_000
"""Sent keys whose records are read one by one at the end, instead of all records of the targets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backfill:
    """Sends the differences between listings and an index to a queue.

    Attributes:
        indexer: compares a listing with the index.
        repository: the index.
        queue: the queue that the function reads.
        gauge: measures queues.
        queue_url: the URL of the queue.
        dead_letter_queue_url: the URL of its dead-letter queue.
        checkpoints: the checkpoints.
        clock: returns the current time, timezone-aware.
        timer: returns the seconds since any fixed time.
        sleep: sleeps for the given number of seconds.
        on_unindexed: as for `Indexer.verify`.
    """

    indexer: Indexer
    repository: ImageRepository
    queue: HintQueue
    gauge: QueueGauge
    queue_url: str
    dead_letter_queue_url: str
    checkpoints: CheckpointStore
    clock: Callable[[], datetime]
    timer: Callable[[], float]
    sleep: Callable[[float], None]
    on_unindexed: OnUnindexed | None = None

    def begin(
        self, scope: BackfillScope, source: ListingSource | None = None, *, restart: bool = False
    ) -> "BackfillRun":
        """Return a run that continues from the checkpoint of the scope, if there is one.

        Args:
            scope: the scope.
            source: the listing; None: the listings of the buckets.
            restart: start from the beginning even if there is a checkpoint.

        Raises:
            ConfigurationError: the checkpoint is damaged.
            AdapterError: the dead-letter queue cannot be measured, or the checkpoint not be read.
        """
        checkpoint = None if restart else self.checkpoints.load(scope)
        if checkpoint is not None:
            return BackfillRun(self, checkpoint, source, is_resumed=True)
        dead_letters = self.gauge.depth(self.dead_letter_queue_url)
        checkpoint = Checkpoint(scope, self.clock(), dead_letters=dead_letters.total)
        return BackfillRun(self, checkpoint, source, is_resumed=False)

    def preview(self, scope: BackfillScope, source: ListingSource | None = None) -> "BackfillRun":
        """Return a run that only compares: it needs neither the queues nor a checkpoint.

        Args:
            scope: the scope.
            source: the listing; None: the listings of the buckets.
        """
        return BackfillRun(self, Checkpoint(scope, self.clock()), source, is_resumed=False)


class BackfillRun:
    """One run of a backfill: `work`, then `finish` or `discard`; or only `compare`.

    Closing the iterator of `work` stops the run; another run continues it.

    Args:
        backfill: the ports.
        checkpoint: the position to start from.
        source: the listing; None: the listings of the buckets.
        is_resumed: whether an earlier run saved the checkpoint.
    """

    def __init__(
        self,
        backfill: Backfill,
        checkpoint: Checkpoint,
        source: ListingSource | None,
        *,
        is_resumed: bool,
    ) -> None:
        self._ports = backfill
        self._source = source
        self.checkpoint = checkpoint
        """The current position: the queue has the hints of all differences before it."""
        self.is_resumed = is_resumed
        self._compared = checkpoint.compared
        self._differences = Counter(checkpoint.differences)
        self._ahead = set(checkpoint.ahead)
        self._sent_locations: list[ObjectLocation] = []
        self._pressure = QueuePressure(backfill.gauge, backfill.queue_url, backfill.timer)

    def work(self, *, wait: bool) -> Iterator[BackfillProgress]:
        """Send the differences as hints and, if `wait`, wait until the queue is empty.

        Raises:
            AdapterError: as for `send` and `drain`.
        """
        yield from self.send()
        if wait:
            yield from self.drain()

    def send(self) -> Iterator[BackfillProgress]:
        """Compare the targets with the index, and send the differences as hints.

        Raises:
            AdapterError: while iterating: a listing, the index or the queue is not available.
        """
        first = self.checkpoint
        with HintSender(self._ports.queue, first, self._save, concurrency=CONCURRENCY) as sender:
            for number in range(first.target, len(first.scope.targets)):
                after = first.after if number == first.target else None
                yield from self._send_target(sender, number, after)
            sender.settle(wait=True)
        yield self._progress(BackfillPhase.COMPARING)

    def compare(self) -> Iterator[BackfillProgress]:
        """Count the differences from the beginning; send and save nothing.

        Raises:
            AdapterError: while iterating: a listing or the index is not available.
        """
        for target in self.checkpoint.scope.targets:
            for comparison in self._verify(target, None):
                self._count(comparison)
                if self._compared % _REPORTED_KEYS == 0:
                    yield self._progress(BackfillPhase.COMPARING)
        self.checkpoint = self._position(len(self.checkpoint.scope.targets), None)
        yield self._progress(BackfillPhase.COMPARING)

    def drain(self) -> Iterator[BackfillProgress]:
        """Wait until the queue is empty.

        Raises:
            TransientError: while iterating: the queue did not change for a long time.
            AdapterError: while iterating: the queue cannot be measured.
        """
        empty = 0
        previous, changed_at = None, self._ports.timer()
        while self.checkpoint.sent:
            depth = self._pressure.measure()
            yield self._progress(BackfillPhase.DRAINING)
            empty = 0 if depth.total else empty + 1
            if empty == _EMPTY_POLLS:
                return
            now = self._ports.timer()
            if depth != previous:
                previous, changed_at = depth, now
            elif now - changed_at > _STALL.total_seconds():
                messages, minutes = counted(depth.total, "message"), _STALL // timedelta(minutes=1)
                msg = (
                    f"the function did not process the {messages} in the queue for {minutes} "
                    "minutes"
                )
                raise TransientError(msg)
            self._ports.sleep(POLL.total_seconds())

    def finish(self) -> BackfillResult:
        """Return the result, and remove the checkpoint.

        Raises:
            AdapterError: the index or the dead-letter queue cannot be read.
        """
        checkpoint, ports = self.checkpoint, self._ports
        result = BackfillResult()
        if checkpoint.sent:
            dead_letters = ports.gauge.depth(ports.dead_letter_queue_url).total
            # The records of a few known keys are read one by one, instead of the whole index.
            knows_all = not self.is_resumed and len(self._sent_locations) <= _MAX_LOOKED_UP
            selected = self._sent_locations if knows_all else checkpoint.scope.targets
            result = replace(
                count_written(ports.repository, selected, checkpoint.started_at, ports.clock()),
                dead_letters=max(dead_letters - checkpoint.dead_letters, 0),
            )
        ports.checkpoints.remove(checkpoint.scope)
        return result

    def discard(self) -> None:
        """Remove the checkpoint, so that the next run starts over.

        Raises:
            PermanentError: the checkpoint cannot be removed.
        """
        self._ports.checkpoints.remove(self.checkpoint.scope)

    def _send_target(
        self, sender: HintSender, number: int, after: str | None
    ) -> Iterator[BackfillProgress]:
        target = self.checkpoint.scope.targets[number]
        batch: list[Hint] = []
        held = 0
        for comparison in self._verify(target, after):
            held += 1
            location = ObjectLocation(target.bucket, comparison.key)
            is_sent = location in self._ahead
            self._ahead.discard(location)
            if self._count(comparison) and not is_sent:
                batch.append(Hint(location))
            if len(batch) == HINTS_PER_BATCH or held == _CHECKPOINT_KEYS:
                yield from self._submit(sender, batch, number, comparison.key)
                batch, held = [], 0
            if self._compared % _REPORTED_KEYS == 0:
                yield self._progress(BackfillPhase.COMPARING)
        yield from self._submit(sender, batch, number + 1, None)

    def _submit(
        self, sender: HintSender, batch: list[Hint], target: int, after: str | None
    ) -> Iterator[BackfillProgress]:
        while batch and self._pressure.is_full():
            sender.settle()
            yield self._progress(BackfillPhase.PAUSED)
            self._ports.sleep(POLL.total_seconds())
        self._pressure.note_sent(len(batch))
        if len(self._sent_locations) <= _MAX_LOOKED_UP:
            self._sent_locations += (hint.location for hint in batch)
        sender.submit(batch, self._position(target, after))

    def _position(self, target: int, after: str | None) -> Checkpoint:
        counts = self._differences
        return replace(
            self.checkpoint,
            target=target,
            after=after,
            compared=self._compared,
            differences={each: counts[each] for each in Difference if counts[each]},
            ahead=tuple(self._ahead),
        )

    def _verify(self, target: Target, after: str | None) -> Iterator[Comparison]:
        listing = self._source.list(target, after=after) if self._source else None
        return self._ports.indexer.verify(
            target, after=after, listing=listing, on_unindexed=self._ports.on_unindexed
        )

    def _count(self, comparison: Comparison) -> bool:
        """Count a comparison; return whether it is a difference."""
        self._compared += 1
        if comparison.difference is Difference.SAME:
            return False
        self._differences[comparison.difference] += 1
        return True

    def _save(self, checkpoint: Checkpoint) -> None:
        self._ports.checkpoints.save(checkpoint)
        self.checkpoint = checkpoint

    def _progress(self, phase: BackfillPhase) -> BackfillProgress:
        return BackfillProgress(phase, self._compared, self.checkpoint.sent, self._pressure.depth)
