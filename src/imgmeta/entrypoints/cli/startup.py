"""SIGINT (Ctrl-C), SIGTERM and SIGHUP (a closed terminal): their effects and their exit codes.

While the command line starts or ends, there is nothing to clean up, and a KeyboardInterrupt would
end in a traceback of the module that is being imported. While a command runs, each of them raises
KeyboardInterrupt, so that the command cleans up; see also `interruption`.
"""

import os
import signal
import sys

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED

TYPE_CHECKING = False  # importing typing takes longer than this module
if TYPE_CHECKING:
    from types import FrameType
    from typing import TextIO

__all__ = [
    "ENDING_SIGNALS",
    "HANGUP",
    "discard_output",
    "exit_code",
    "exit_on_interrupt",
    "is_interrupt",
    "raise_on_interrupt",
    "record_signal",
]

HANGUP: "signal.Signals | None" = getattr(signal, "SIGHUP", None)
"""The signal of a terminal that closes; None on Windows."""

ENDING_SIGNALS = (signal.SIGTERM, *([HANGUP] if HANGUP else []))
"""Signals that ask a process to end, apart from SIGINT."""

_received: list[int] = []
"""Signals that handlers have received since the start."""


def exit_on_interrupt() -> None:
    """End the process at the next signal, unless the process handles or ignores it otherwise.

    A signal that the process was started to ignore stays ignored, as SIGHUP under nohup.
    """
    _received.clear()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit)
    for each in ENDING_SIGNALS:
        handler = signal.getsignal(each)
        if handler is signal.SIG_DFL:
            signal.signal(each, _end)
        elif handler in {_end, _raise}:
            signal.signal(each, signal.SIG_DFL)


def raise_on_interrupt() -> None:
    """Raise KeyboardInterrupt at the next signal: undo `exit_on_interrupt`."""
    if signal.getsignal(signal.SIGINT) is _exit:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for each in ENDING_SIGNALS:
        if signal.getsignal(each) is _end:
            signal.signal(each, _raise)


def record_signal(number: int) -> None:
    """Remember a signal that a handler has received, for the exit code."""
    _received.append(number)


def exit_code(code: int) -> int:
    """Return the exit code of a command that returned `code`.

    If SIGTERM or SIGHUP stopped it, that is the shell's code for a process that the signal ended.
    """
    if code and _received and _received[0] in ENDING_SIGNALS:
        _discard_unwritten_output()
        return 128 + _received[0]
    return code


def is_interrupt(error: BaseException) -> bool:
    """Return whether a KeyboardInterrupt caused `error`.

    Python 3.11 wraps one that is raised while a class is created in a RuntimeError.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None


def discard_output(stream: "TextIO") -> None:
    """Write what a stream has in its buffers, and all that follows, to the null device."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def _discard_unwritten_output() -> None:
    """Discard output for a closed terminal; Python exits with 120 if it cannot write it at exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # the process was started without it
            continue
        try:
            stream.flush()
        except OSError:
            discard_output(stream)


def _raise(number: int, _frame: "FrameType | None") -> None:
    record_signal(number)
    if number == HANGUP:  # a shell sends it again
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end(number: int, _frame: "FrameType | None") -> None:
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    # The first process of a container ignores a signal without a handler.
    os._exit(128 + number)


def _exit(_number: int, _frame: "FrameType | None") -> None:
    os._exit(INTERRUPTED)
