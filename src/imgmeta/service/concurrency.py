"""Tasks whose results are yielded in order, one after another or in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from imgmeta.core.drift import ContentComparison
from imgmeta.core.outcomes import ItemOutcome

__all__ = ["Task", "run_in_order"]

Result = TypeVar("Result", ItemOutcome, ContentComparison, int)

Task = Callable[[], ItemOutcome]
"""Processes one object, which takes time, and returns its outcome."""


def run_in_order(
    items: Iterable[Result | Callable[[], Result]], concurrency: int
) -> Iterator[Result]:
    """Yield the result of each of `items`, in their order.

    The caller's thread iterates over `items`. Memory does not depend on their number. Closing the
    iterator cancels the tasks that have not started and waits for the others.

    Args:
        items: known results, and tasks that return one.
        concurrency: number of tasks that run concurrently; 1 runs each in the caller's thread.
    """
    if concurrency == 1:
        return (each() if callable(each) else each for each in items)
    from imgmeta.service.threads import run_in_threads  # noqa: PLC0415 - most commands start no thread

    return run_in_threads(items, concurrency)
