"""Concurrent tasks whose outcomes are yielded in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from imgmeta.core.outcomes import ItemOutcome

__all__ = ["Task", "run_in_order"]

Task = Callable[[], ItemOutcome]
"""Processes one object, which takes time, and returns its outcome."""

_AHEAD = 4
"""Outcomes per thread that may wait for an earlier one."""


def run_in_order(items: Iterable[ItemOutcome | Task], concurrency: int) -> Iterator[ItemOutcome]:
    """Yield the outcome of each of `items`, in their order.

    The caller's thread iterates over `items`. Memory does not depend on their number. Closing the
    iterator cancels the tasks that have not started and waits for the others.

    Args:
        items: known outcomes, and tasks.
        concurrency: number of tasks that run concurrently; 1 runs each in the caller's thread.
    """
    if concurrency == 1:
        return (each if isinstance(each, ItemOutcome) else each() for each in items)
    return _run_in_threads(items, concurrency)


def _run_in_threads(items: Iterable[ItemOutcome | Task], concurrency: int) -> Iterator[ItemOutcome]:
    waiting: deque[ItemOutcome | Future[ItemOutcome]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta")
    try:
        for each in items:
            waiting.append(each if isinstance(each, ItemOutcome) else pool.submit(each))
            while waiting and (_is_done(waiting[0]) or len(waiting) > concurrency * _AHEAD):
                yield _outcome(waiting.popleft())
        while waiting:
            yield _outcome(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _is_done(each: ItemOutcome | Future[ItemOutcome]) -> bool:
    return isinstance(each, ItemOutcome) or each.done()


def _outcome(each: ItemOutcome | Future[ItemOutcome]) -> ItemOutcome:
    return each if isinstance(each, ItemOutcome) else each.result()
