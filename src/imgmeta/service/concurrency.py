"""Concurrent tasks whose results are yielded in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from imgmeta.core.outcomes import ItemOutcome

__all__ = ["Task", "run_in_order"]

_Result = TypeVar("_Result", ItemOutcome, int)

Task = Callable[[], ItemOutcome]
"""Processes one object, which takes time, and returns its outcome."""

_AHEAD = 4
"""Results per thread that may wait for an earlier one."""


def run_in_order(
    items: Iterable[_Result | Callable[[], _Result]], concurrency: int
) -> Iterator[_Result]:
    """Yield the result of each of `items`, in their order.

    The caller's thread iterates over `items`. Memory does not depend on their number. Closing the
    iterator cancels the tasks that have not started and waits for the others.

    Args:
        items: known results, and tasks that return one.
        concurrency: number of tasks that run concurrently; 1 runs each in the caller's thread.
    """
    if concurrency == 1:
        return (each if isinstance(each, ItemOutcome | int) else each() for each in items)
    return _run_in_threads(items, concurrency)


def _run_in_threads(
    items: Iterable[_Result | Callable[[], _Result]], concurrency: int
) -> Iterator[_Result]:
    waiting: deque[_Result | Future[_Result]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta")
    try:
        for each in items:
            waiting.append(each if isinstance(each, ItemOutcome | int) else pool.submit(each))
            while waiting and (_is_done(waiting[0]) or len(waiting) > concurrency * _AHEAD):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _is_done(each: _Result | Future[_Result]) -> bool:
    return not isinstance(each, Future) or each.done()


def _result(each: _Result | Future[_Result]) -> _Result:
    return each.result() if isinstance(each, Future) else each
