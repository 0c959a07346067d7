"""Work in threads: concurrent tasks whose results are yielded in order, and a time limit."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from math import isfinite
from typing import TypeVar

from imgmeta.core.drift import ContentComparison
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.errors import TransientError

__all__ = ["run_in_threads", "run_within"]

_Result = TypeVar("_Result", ItemOutcome, ContentComparison, int)
_T = TypeVar("_T")

_AHEAD = 4
"""Results per thread that may wait for an earlier one."""


def run_in_threads(
    items: Iterable[_Result | Callable[[], _Result]], concurrency: int
) -> Iterator[_Result]:
    """Yield the result of each of `items`, in their order: see `run_in_order`."""
    waiting: deque[_Result | Future[_Result]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="imgmeta")
    try:
        for each in items:
            waiting.append(pool.submit(each) if callable(each) else each)
            while waiting and (_is_done(waiting[0]) or len(waiting) > concurrency * _AHEAD):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def run_within(work: Callable[[], _T], seconds: float, timeout_message: str) -> _T:
    """Return the result of some work in a thread; wait at most `seconds` for it.

    After a timeout, the work continues.

    Raises:
        TransientError: it timed out, with `timeout_message`. Errors of the work are passed on.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="imgmeta")
    result = pool.submit(work)
    try:
        return result.result(timeout=max(seconds, 0) if isfinite(seconds) else None)
    except TimeoutError as error:
        raise TransientError(timeout_message) from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _is_done(each: _Result | Future[_Result]) -> bool:
    return not isinstance(each, Future) or each.done()


def _result(each: _Result | Future[_Result]) -> _Result:
    return each.result() if isinstance(each, Future) else each
