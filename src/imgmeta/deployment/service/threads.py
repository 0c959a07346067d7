"""Threads that all run the same task until it ends or fails."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event

__all__ = ["THREADS", "run_together"]

THREADS = 4

_TICK = 0.2
"""Seconds between two calls of `on_tick`."""


def run_together(task: Callable[[], object], stop: Event, on_tick: Callable[[], object]) -> None:
    """Run a task in several threads until all have returned.

    If one of them raises, or `on_tick` does, `stop` is set, which the tasks have to heed; when the
    others have ended, the error is raised.

    Args:
        task: what each thread runs.
        stop: is set when the tasks should end.
        on_tick: is called now and then in the caller's thread.
    """
    with ThreadPoolExecutor(THREADS, thread_name_prefix="imgmeta") as pool:
        try:
            futures = {pool.submit(task) for _ in range(THREADS)}
            pending = futures
            while pending and not any(each.done() and each.exception() for each in futures):
                on_tick()
                _, pending = wait(pending, _TICK, FIRST_EXCEPTION)
            on_tick()
        finally:
            stop.set()
    for each in futures:
        each.result()
