"""Looking at many objects at once, and telling of them in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from imgmeta.core.outcomes import ItemOutcome

__all__ = ["Look", "in_order"]

Look = Callable[[], ItemOutcome]
"""What finds out what becomes of an object; that takes its time."""

_AHEAD = 4
"""Outcomes for each thread that may wait for the one before them."""


def in_order(items: Iterable[ItemOutcome | Look], concurrency: int) -> Iterator[ItemOutcome]:
    """Yield the outcome of each of `items`, in their order.

    `items` is walked by whoever iterates. Memory does not depend on how many there are. Whoever
    stops iterating stops all looks that have not begun, and waits for those that have.

    Args:
        items: outcomes that are known already, and looks.
        concurrency: looks that run at once; of 1, each runs where it is asked for.
    """
    if concurrency == 1:
        return (each if isinstance(each, ItemOutcome) else each() for each in items)
    return _by_threads(items, concurrency)


def _by_threads(items: Iterable[ItemOutcome | Look], concurrency: int) -> Iterator[ItemOutcome]:
    waiting: deque[ItemOutcome | Future[ItemOutcome]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta")
    try:
        for each in items:
            waiting.append(each if isinstance(each, ItemOutcome) else pool.submit(each))
            while waiting and (_is_there(waiting[0]) or len(waiting) > concurrency * _AHEAD):
                yield _outcome(waiting.popleft())
        while waiting:
            yield _outcome(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _is_there(each: ItemOutcome | Future[ItemOutcome]) -> bool:
    return isinstance(each, ItemOutcome) or each.done()


def _outcome(each: ItemOutcome | Future[ItemOutcome]) -> ItemOutcome:
    return each if isinstance(each, ItemOutcome) else each.result()
