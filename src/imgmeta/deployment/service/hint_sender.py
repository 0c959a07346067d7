"""Sends batches of hints concurrently, and saves a checkpoint after each batch."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from threading import Lock
from typing import Self

from imgmeta.core.events import Hint
from imgmeta.deployment.core.backfill import Checkpoint
from imgmeta.errors import AdapterError
from imgmeta.ports import HintQueue

__all__ = ["HintSender"]


@dataclass(eq=False, slots=True)
class _Batch:
    hints: Sequence[Hint]
    position: Checkpoint
    is_accepted: bool = False
    future: Future[None] = field(default_factory=Future[None])
    """Ends when the queue has the hints and the checkpoint with them is saved."""


class HintSender:
    """Sends batches of hints; up to `concurrency` batches are in flight.

    A checkpoint is saved as soon as the queue has accepted a batch, even before earlier batches. A
    process that is killed therefore sends at most the batches in flight again.

    Args:
        queue: the queue.
        checkpoint: the checkpoint to continue from.
        save: saves a checkpoint; it is called in several threads, one at a time.
        concurrency: the number of batches in flight.
    """

    def __init__(
        self,
        queue: HintQueue,
        checkpoint: Checkpoint,
        save: Callable[[Checkpoint], None],
        *,
        concurrency: int,
    ) -> None:
        self._queue = queue
        self._save = save
        self._concurrency = concurrency
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta-hints")
        self._lock = Lock()
        self._batches: deque[_Batch] = deque()
        self._position = checkpoint
        self._sent, self._rejected = checkpoint.sent, checkpoint.rejected

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the batches in flight, and save the checkpoint of those that were accepted."""
        try:
            self.settle(wait=True)
        except AdapterError:
            pass  # raised before, or raised again when the backfill is resumed
        finally:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, hints: Sequence[Hint], position: Checkpoint) -> None:
        """Start to send a batch; wait for the oldest one if too many are in flight.

        Args:
            hints: the hints; an empty batch only advances the checkpoint.
            position: the position after them; the sender counts sent and rejected hints itself.

        Raises:
            AdapterError: an earlier batch could not be sent, or a checkpoint not saved.
        """
        self.settle()
        while len(self._batches) >= self._concurrency:
            self._wait_for_first()
        batch = _Batch(hints, position)
        with self._lock:
            self._batches.append(batch)
            if hints:
                batch.future = self._pool.submit(self._send, batch)
        if not hints:
            try:
                self._accept(batch, rejected=0)
            except AdapterError as error:
                batch.future.set_exception(error)
                raise

    def settle(self, *, wait: bool = False) -> None:
        """Raise the error of a batch that failed.

        Args:
            wait: wait until all batches are accepted.

        Raises:
            AdapterError: a batch could not be sent, or a checkpoint not saved.
        """
        while self._batches and (wait or self._has_failed()):
            self._wait_for_first()

    def _first(self) -> Future[None] | None:
        with self._lock:
            return self._batches[0].future if self._batches else None

    def _has_failed(self) -> bool:
        first = self._first()
        return first is not None and first.done() and first.exception() is not None

    def _wait_for_first(self) -> None:
        if first := self._first():
            first.result()

    def _send(self, batch: _Batch) -> None:
        rejected = 0
        try:
            self._queue.send(batch.hints)
        except ValueError:  # nothing was sent
            rejected = sum(self._is_rejected(hint) for hint in batch.hints)
        self._accept(batch, rejected)

    def _accept(self, batch: _Batch, rejected: int) -> None:
        """Save that the queue has a batch: in the position, or ahead of it."""
        with self._lock:
            batch.is_accepted = True
            self._sent += len(batch.hints) - rejected
            self._rejected += rejected
            done = list(takewhile(lambda each: each.is_accepted, self._batches))
            if not (done or batch.hints):
                return  # saved with the batches before it
            position = done[-1].position if done else self._position
            ahead = [
                hint.location
                for each in islice(self._batches, len(done), None)
                if each.is_accepted
                for hint in each.hints
            ]
            self._save(
                replace(
                    position,
                    sent=self._sent,
                    rejected=self._rejected,
                    ahead=(*position.ahead, *ahead),
                )
            )
            self._position = position
            for _ in done:
                self._batches.popleft()

    def _is_rejected(self, hint: Hint) -> bool:
        try:
            self._queue.send([hint])
        except ValueError:
            return True
        return False
