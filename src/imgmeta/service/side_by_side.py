"""Doing many slow things at once, and telling of them in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_order"]

_Given = TypeVar("_Given")
_Result = TypeVar("_Result")

_AHEAD = 4
"""Results for each thread that may wait for the one before them."""


def in_order(
    task: Callable[[_Given], _Result | Callable[[], _Result]],
    given: Iterable[_Given],
    concurrency: int,
) -> Iterator[_Result]:
    """Yield what `task` makes of each of `given`, in their order.

    What takes no time is its result at once; what takes time is a function that does it, several
    of which run at once. `given` is walked, and `task` called, by whoever iterates. Memory does not
    depend on how many there are. Whoever stops iterating stops all that has not begun.

    Args:
        task: returns a result, or a function that returns it.
        given: what is to be done.
        concurrency: functions that run at once; of 1, each runs where it is asked for.
    """
    made = map(task, given)
    if concurrency == 1:
        return (each() if callable(each) else each for each in made)
    return _by_threads(made, concurrency)


def _by_threads(
    made: Iterable[_Result | Callable[[], _Result]], concurrency: int
) -> Iterator[_Result]:
    waiting: deque[_Result | Future[_Result]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta")
    try:
        for each in made:
            waiting.append(pool.submit(each) if callable(each) else each)
            while waiting and (_is_there(waiting[0]) or len(waiting) > concurrency * _AHEAD):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _is_there(each: _Result | Future[_Result]) -> bool:
    return not isinstance(each, Future) or each.done()


def _result(each: _Result | Future[_Result]) -> _Result:
    return each.result() if isinstance(each, Future) else each
