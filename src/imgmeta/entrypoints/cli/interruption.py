"""SIGINT (Ctrl-C) and SIGTERM: the first stops after the current item, the second immediately."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["StopRequested", "StopSignal", "interruptible"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequested(Exception):  # noqa: N818 - a stop is not an error
    """A signal requested a stop, and the current item is finished."""


class StopSignal:
    """Whether a signal has requested a command to stop."""

    def __init__(self) -> None:
        self.is_requested = False

    def check(self, *_: object) -> None:
        """Stop if a signal has arrived; also a callback for whatever a long scan passes over.

        Raises:
            StopRequested: a signal arrived within `interruptible`.
        """
        if self.is_requested:
            raise StopRequested


@contextmanager
def interruptible(
    stop: StopSignal | None = None, *, at_once: bool = False
) -> Generator[Callable[[], None]]:
    """Delay the effect of a signal until the current item is finished.

    Yields a function to call after each item: it raises StopRequested if a signal arrived. A second
    signal raises KeyboardInterrupt. A third ends the process, in case that exception is delayed,
    for example by a system call. A signal that the process was started to ignore stays ignored.

    Args:
        stop: is set by the first signal, so that it can also be checked between two items.
        at_once: raise KeyboardInterrupt at the first signal, since nothing has to be finished.
    """
    stop = stop or StopSignal()
    interrupted = False

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        stop.is_requested = True
        for each in previous:
            signal.signal(each, interrupt)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        for each in previous:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    previous = {
        each: handler
        for each in _SIGNALS
        if (handler := signal.getsignal(each)) is not signal.SIG_IGN
    }
    for each in previous:
        signal.signal(each, interrupt if at_once else request_stop)
    try:
        with _unconverted(lambda: interrupted):
            yield stop.check
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


@contextmanager
def _unconverted(is_interrupted: Callable[[], bool]) -> Generator[None]:
    """Raise KeyboardInterrupt again if a library converted it, as pydantic does in JSON output."""
    try:
        yield
    except Exception as error:
        if is_interrupted():
            raise KeyboardInterrupt from error
        raise
