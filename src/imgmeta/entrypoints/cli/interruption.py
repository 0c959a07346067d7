"""SIGINT (Ctrl-C), SIGTERM and SIGHUP: the first stops after the current item, the second at once.

A SIGHUP after another one counts as the same: a terminal that closes sends it, and its shell too.
"""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from imgmeta.entrypoints.cli.startup import ENDING_SIGNALS, HANGUP, record_signal

__all__ = ["StopRequested", "StopSignal", "interruptible"]

_SIGNALS = (signal.SIGINT, *ENDING_SIGNALS)


_Handler = Callable[[int, FrameType | None], None] | signal.Handlers


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
    ignored = set[int]()

    def request_stop(number: int, _frame: FrameType | None) -> None:
        stop.is_requested = True
        continue_with(interrupt, number)

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        continue_with(signal.SIG_DFL, number)
        raise KeyboardInterrupt

    def continue_with(handler: _Handler, number: int) -> None:
        record_signal(number)
        if number == HANGUP:
            ignored.add(number)
        for each in previous:
            signal.signal(each, signal.SIG_IGN if each in ignored else handler)

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
            if each not in ignored:
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
