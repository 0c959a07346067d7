"""A progress bar on a terminal: items done, total, rate and remaining time."""

import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from imgmeta.errors import ImgmetaError

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Throttle", "count_in_background", "progress_bar"]

_REFRESH_SECONDS = 0.1
_COUNT_DELAY = 0.3
"""Seconds before counting starts; a shorter run does not need a total."""


class Throttle:
    """Limits how often progress is shown.

    Args:
        seconds: the time between two showings, and before the first.
        now: seconds since any fixed time.
    """

    def __init__(self, seconds: float, now: float) -> None:
        self._seconds = seconds
        self._shown_at = now

    def is_due(self, now: float) -> bool:
        """Return whether to show the progress at this time; if so, the time starts again."""
        if now - self._shown_at < self._seconds:
            return False
        self._shown_at = now
        return True


@contextmanager
def progress_bar(
    stream: TextIO, items: Callable[[], Iterable[object]] | None, *, delay: float = _COUNT_DELAY
) -> Generator[Callable[[], None]]:
    """Show a progress bar; yield a function to call after each item.

    The total is unknown until the items have been counted in the background.

    Args:
        stream: the terminal.
        items: returns all items. It is called in another thread. None: the total stays unknown.
        delay: seconds to wait before counting.
    """
    bar = _bar(stream)
    task = bar.add_task("", total=None, rate="")
    started = time.monotonic()
    throttle = Throttle(_REFRESH_SECONDS, started)
    done = 0

    def show() -> None:
        rate = done / max(time.monotonic() - started, 1e-3)
        bar.update(task, completed=done, rate=f"{rate:,.0f}/s")

    def advance() -> None:
        nonlocal done
        done += 1
        if throttle.is_due(time.monotonic()):
            show()

    with (
        bar,
        nullcontext()
        if items is None
        else count_in_background(items, lambda total: bar.update(task, total=total), delay=delay),
    ):
        try:
            yield advance
        finally:
            show()
        # After an exception, this line is not reached: the total stays unknown.
        bar.update(task, total=done, visible=done > 0)


def _bar(stream: TextIO) -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - slow to import, needed on terminals only
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("Images"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(file=stream, highlight=False, markup=False, emoji=False),
        redirect_stdout=False,
        redirect_stderr=False,
    )


@contextmanager
def count_in_background(
    items: Callable[[], Iterable[object]], on_total: Callable[[int], None], *, delay: float
) -> Generator[None]:
    """Count `items` in another thread; call `on_total` if counting ends within the context.

    Leaving the context does not wait for the thread, which a slow folder may block.

    Args:
        items: returns the items. It is called in the other thread.
        on_total: takes the number of items. It is called in the other thread.
        delay: seconds to wait before counting.
    """
    finished = threading.Event()
    lock = threading.Lock()

    def count() -> None:
        if finished.wait(delay):
            return
        total = 0
        try:
            for _ in items():
                total += 1
                if finished.is_set():
                    return
        except ImgmetaError:
            # The command itself encounters and reports the same error.
            return
        with lock:
            if not finished.is_set():
                on_total(total)

    threading.Thread(target=count, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            finished.set()
