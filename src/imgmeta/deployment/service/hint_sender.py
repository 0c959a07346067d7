"""Sends batches of hints concurrently, and saves checkpoints in the order of the batches."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple, Self

from imgmeta.core.events import Hint
from imgmeta.deployment.core.backfill import Checkpoint
from imgmeta.errors import AdapterError
from imgmeta.ports import HintQueue

__all__ = ["HintSender"]


class _Batch(NamedTuple):
    size: int
    rejected: Future[int] | None
    """The number of rejected hints, once the queue has the others; None for an empty batch."""
    checkpoint: Checkpoint


class HintSender:
    """Sends batches of hints; up to `concurrency` batches are neither accepted nor saved.

    A checkpoint is saved once the queue has accepted its batch and all earlier batches. A process
    that is killed therefore sends at most these batches again.

    Args:
        queue: the queue.
        checkpoint: the checkpoint to continue from.
        save: saves a checkpoint.
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
        self._batches: deque[_Batch] = deque()
        self.checkpoint = checkpoint
        """The checkpoint that was saved last."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the batches in flight, and save the checkpoint of those that were accepted."""
        try:
            self.settle(wait=True)
        except AdapterError:
            pass  # raised before, or raised again when the backfill is resumed
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def submit(self, hints: Sequence[Hint], checkpoint: Checkpoint) -> None:
        """Start to send a batch; wait for the oldest one if too many are in flight.

        Args:
            hints: the hints; an empty batch only advances the checkpoint.
            checkpoint: the position after them; the sender counts sent and rejected hints itself.

        Raises:
            AdapterError: an earlier batch could not be sent, or a checkpoint not saved.
        """
        self.settle()
        while len(self._batches) >= self._concurrency:
            self._settle_first()
        rejected = self._pool.submit(self._send, hints) if hints else None
        self._batches.append(_Batch(len(hints), rejected, checkpoint))

    def settle(self, *, wait: bool = False) -> None:
        """Save the checkpoint of the batches that were accepted.

        Args:
            wait: wait until all batches are accepted.

        Raises:
            AdapterError: a batch could not be sent, or a checkpoint not saved.
        """
        while self._batches and (wait or _is_done(self._batches[0])):
            self._settle_first()

    def _settle_first(self) -> None:
        size, future, checkpoint = self._batches[0]
        rejected = future.result() if future else 0
        self._batches.popleft()
        self.checkpoint = replace(
            checkpoint,
            sent=self.checkpoint.sent + size - rejected,
            rejected=self.checkpoint.rejected + rejected,
        )
        self._save(self.checkpoint)

    def _send(self, hints: Sequence[Hint]) -> int:
        try:
            self._queue.send(hints)
        except ValueError:  # nothing was sent
            return sum(self._is_rejected(hint) for hint in hints)
        return 0

    def _is_rejected(self, hint: Hint) -> bool:
        try:
            self._queue.send([hint])
        except ValueError:
            return True
        return False


def _is_done(batch: _Batch) -> bool:
    return batch.rejected is None or batch.rejected.done()
