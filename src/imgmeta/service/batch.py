"""Concurrent processing of a batch of hints within a time limit."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from math import isfinite
from threading import Lock

from imgmeta.core.deduplication import ObjectHints, deduplicate
from imgmeta.core.hints import Hint
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.errors import ImgmetaError
from imgmeta.service.indexer import Indexer

__all__ = ["BatchLimits", "BatchResult", "process_batch"]

_RESULT_SECONDS = 1.0
"""Time kept for handling the result; half of the remaining time if that is less."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """Limits of a batch.

    Attributes:
        concurrency: objects processed concurrently.
        remaining_seconds: returns the remaining time, infinite if there is no time limit; called
            from any thread.
        reserve: seconds that must remain for starting another object.
    """

    concurrency: int
    remaining_seconds: Callable[[], float]
    reserve: float = 0.0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch.

    Attributes:
        outcomes: the outcomes of the processed hints, and of the hints that they represent.
        unfinished: the hints for which no time was left; they must be delivered again.
        unexpected: exceptions that are not imgmeta errors; each is also the outcome of a hint.
    """

    outcomes: tuple[ItemOutcome, ...]
    unfinished: tuple[Hint, ...] = ()
    unexpected: tuple[Exception, ...] = ()


def process_batch(indexer: Indexer, hints: Iterable[Hint], limits: BatchLimits) -> BatchResult:
    """Process a batch of hints; a failure affects only the outcome of its own object.

    A failure of the index, too, is the outcome of the hints that it affects, so that a queue
    delivers only these again.

    Hints for one object are deduplicated first (`core.deduplication`). No object is started when
    less time remains than the reserve. Objects in progress at the deadline are returned as
    unfinished; they continue in the background, which does no harm since writes are conditional.
    """
    batch = _Batch(indexer, deduplicate(hints), limits)
    if not batch.groups:
        return BatchResult(())
    workers = min(limits.concurrency, len(batch.groups))
    pool = ThreadPoolExecutor(workers, thread_name_prefix="imgmeta")
    try:
        futures = [pool.submit(batch.run) for _ in range(workers)]
        remaining = max(limits.remaining_seconds(), 0)
        timeout = max(remaining - _RESULT_SECONDS, remaining / 2) if isfinite(remaining) else None
        done, _ = wait(futures, timeout=timeout)
        for future in done:
            future.result()  # raises an error of the batch itself, not of an object
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return batch.result()


class _Batch:
    """The objects of a batch, shared by several threads."""

    def __init__(self, indexer: Indexer, groups: list[ObjectHints], limits: BatchLimits) -> None:
        self.groups = groups
        self._indexer = indexer
        self._limits = limits
        self._lock = Lock()
        self._waiting = iter(range(len(groups)))
        self._done: dict[int, list[ItemOutcome]] = {}
        self._unexpected: list[Exception] = []

    def run(self) -> None:
        """Process objects until none is waiting or too little time remains."""
        while self._limits.remaining_seconds() >= self._limits.reserve:
            with self._lock:
                number = next(self._waiting, None)
            if number is None:
                return
            group = self.groups[number]
            processed = {hint: self._process(hint) for hint in group.needed}
            with self._lock:
                self._done[number] = group.outcomes(processed)

    def result(self) -> BatchResult:
        """Return the current result."""
        with self._lock:
            done, unexpected = dict(self._done), tuple(self._unexpected)
        unfinished = [group.hints for number, group in enumerate(self.groups) if number not in done]
        return BatchResult(
            outcomes=tuple(item for number in sorted(done) for item in done[number]),
            unfinished=tuple(hint for hints in unfinished for hint in hints),
            unexpected=unexpected,
        )

    def _process(self, hint: Hint) -> ItemOutcome:
        try:
            return self._indexer.process(hint)
        except Exception as error:  # noqa: BLE001 - one object must not lose the others' outcomes
            if not isinstance(error, ImgmetaError):
                with self._lock:
                    self._unexpected.append(error)
            return ItemOutcome.of_error(hint, error)
