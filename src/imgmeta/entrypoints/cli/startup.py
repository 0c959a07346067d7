"""SIGINT (Ctrl-C) while the command line starts or ends, when there is nothing to clean up.

A KeyboardInterrupt would end in a traceback of the module that is being imported.
"""

import os
import signal

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED

TYPE_CHECKING = False  # importing typing takes longer than this module
if TYPE_CHECKING:
    from types import FrameType

__all__ = ["exit_on_interrupt", "is_interrupt", "raise_on_interrupt"]


def exit_on_interrupt() -> None:
    """End the process at the next SIGINT, unless the process handles or ignores it otherwise."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _exit)


def raise_on_interrupt() -> None:
    """Raise KeyboardInterrupt at the next SIGINT again: undo `exit_on_interrupt`."""
    if signal.getsignal(signal.SIGINT) is _exit:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def is_interrupt(error: BaseException) -> bool:
    """Return whether a KeyboardInterrupt caused `error`.

    Python 3.11 wraps one that is raised while a class is created in a RuntimeError.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None


def _exit(_number: int, _frame: "FrameType | None") -> None:
    os._exit(INTERRUPTED)
