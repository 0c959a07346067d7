"""A time limit for calls of libraries that limit only each of their steps."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

__all__ = ["call_within"]

_T = TypeVar("_T")


def call_within(seconds: float, function: Callable[[], _T]) -> _T:
    """Return the result of a function; wait at most `seconds` for it.

    After a timeout, the call continues in a daemon thread, which does not delay the exit of Python.

    Raises:
        TimeoutError: it timed out. The exceptions of the function are passed on.
    """
    future = Future[_T]()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            future.set_exception(error)

    Thread(target=run, name="imgmeta-call", daemon=True).start()
    return future.result(timeout=seconds)
