"""A batch of hints, looked into side by side, within a time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from math import isfinite
from threading import Lock

from imgmeta.core.deduplication import ObjectHints, deduplicate
from imgmeta.core.hints import Hint
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.errors import ImgmetaError, TransientError
from imgmeta.service.indexer import Indexer

__all__ = ["BatchLimits", "BatchResult", "process_batch"]

_LAST_MOMENT = 1.0
"""Seconds that whoever waits for the result needs to hand it on; of little time, half."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """What a batch may take.

    Attributes:
        concurrency: objects that are looked at at once.
        seconds_left: how long there still is; any thread may ask. Infinite where nothing ends it.
        reserve: seconds that must be left for another object to be started.
    """

    concurrency: int
    seconds_left: Callable[[], float]
    reserve: float = 0.0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch.

    Attributes:
        outcomes: of the hints that were looked into, or that a newer one stood for.
        unfinished: the hints for which there was no time: they are as good as never delivered.
        unexpected: what was raised that should not have been; each is somebody's outcome too.
    """

    outcomes: tuple[ItemOutcome, ...]
    unfinished: tuple[Hint, ...] = ()
    unexpected: tuple[Exception, ...] = ()


def process_batch(indexer: Indexer, hints: Iterable[Hint], limits: BatchLimits) -> BatchResult:
    """Look into a batch of hints; whatever happens to one of them is its own outcome alone.

    Hints for one object are collapsed to the newest (`core.collapsing`). Nothing is started when
    less time is left than the reserve. What is under way then has until the last moment, and goes
    on without anybody waiting for it after that: a write is conditional, whenever it comes.
    """
    work = _Work(indexer, deduplicate(hints), limits)
    if not work.groups:
        return BatchResult(())
    workers = min(limits.concurrency, len(work.groups))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="imgmeta")
    try:
        futures = [pool.submit(work.run) for _ in range(workers)]
        left = max(limits.seconds_left(), 0)
        patience = max(left - _LAST_MOMENT, left / 2) if isfinite(left) else None
        done, _ = wait(futures, timeout=patience)
        for each in done:
            each.result()  # raises what is wrong with the work itself, not with an object
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return work.result()


class _Work:
    """The objects of a batch, which several threads take from."""

    def __init__(self, indexer: Indexer, groups: list[ObjectHints], limits: BatchLimits) -> None:
        self.groups = groups
        self._indexer = indexer
        self._limits = limits
        self._lock = Lock()
        self._waiting = iter(range(len(groups)))
        self._done: dict[int, list[ItemOutcome]] = {}
        self._unexpected: list[Exception] = []

    def run(self) -> None:
        """Look at one object after the other until none is waiting, or time is running out."""
        while self._limits.seconds_left() >= self._limits.reserve:
            with self._lock:
                number = next(self._waiting, None)
            if number is None:
                return
            group = self.groups[number]
            looked = {hint: self._look(hint) for hint in group.needed}
            with self._lock:
                self._done[number] = group.outcomes(looked)

    def result(self) -> BatchResult:
        """Return what there is by now."""
        with self._lock:
            done, unexpected = dict(self._done), tuple(self._unexpected)
        unfinished = [group.hints for number, group in enumerate(self.groups) if number not in done]
        return BatchResult(
            outcomes=tuple(item for number in sorted(done) for item in done[number]),
            unfinished=tuple(hint for hints in unfinished for hint in hints),
            unexpected=unexpected,
        )

    def _look(self, hint: Hint) -> ItemOutcome:
        try:
            return next(self._indexer.process([hint]))
        except ImgmetaError as error:
            reason, retryable = str(error), isinstance(error, TransientError)
        except Exception as error:  # noqa: BLE001 - what was done stays done, whoever hears of it
            with self._lock:
                self._unexpected.append(error)
            reason, retryable = f"unexpected {type(error).__name__}", True
        return ItemOutcome(
            hint.location, Outcome.ERROR, hint.message_id, reason=reason, retryable=retryable
        )
