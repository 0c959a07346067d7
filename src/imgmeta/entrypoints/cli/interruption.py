"""Ctrl-C and SIGTERM: the first asks for a stop between two items, the second insists on it.

The third is the system's to obey.
"""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

__all__ = ["StopRequested", "interruptible"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequested(Exception):  # noqa: N818 - nothing went wrong
    """Somebody asked for a stop, and this is a good place for it."""


@contextmanager
def interruptible() -> Generator[Callable[[], None]]:
    """Put signals off until the next item is done.

    Yields the function to call between two items: it raises StopRequested if a signal came. After
    the first signal, the next raises KeyboardInterrupt wherever the program is. If that still has
    to wait, for a server that does not answer, a third ends the process. A signal that whoever
    started the process had it ignore stays ignored.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        for each in before:
            signal.signal(each, insist)

    def insist(_number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_DFL)
        raise KeyboardInterrupt

    def stop_if_asked() -> None:
        if asked:
            raise StopRequested

    before = {
        each: handler
        for each in _SIGNALS
        if (handler := signal.getsignal(each)) is not signal.SIG_IGN
    }
    for each in before:
        signal.signal(each, ask)
    try:
        yield stop_if_asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
