"""A progress bar on a terminal: how many of how many, how fast, and how much longer."""

import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from imgmeta.errors import ImgmetaError

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["counted_in_background", "progress_bar"]

_REFRESH = 0.1
_PATIENCE = 0.3
"""Seconds before counting starts: shorter runs are over before a total is worth its price."""


@contextmanager
def progress_bar(
    stream: TextIO, items: Callable[[], Iterable[object]], *, patience: float = _PATIENCE
) -> Generator[Callable[[], None]]:
    """Show a progress bar; yield the function to call after each item.

    A second walk over the items counts them in the background meanwhile. Until it is done the
    total is unknown, and the bar says so.

    Args:
        stream: the terminal.
        items: walks over all that there is to do. It is called in another thread.
        patience: seconds to wait before counting.
    """
    bar = _bar(stream)
    task = bar.add_task("", total=None, rate="")
    started = shown = time.monotonic()
    done = 0

    def show() -> None:
        rate = done / max(time.monotonic() - started, 1e-3)
        bar.update(task, completed=done, rate=f"{rate:,.0f}/s")

    def advance() -> None:
        nonlocal done, shown
        done += 1
        now = time.monotonic()
        if now - shown >= _REFRESH:
            shown = now
            show()

    with (
        bar,
        counted_in_background(
            items, lambda total: bar.update(task, total=total), patience=patience
        ),
    ):
        try:
            yield advance
        finally:
            show()
        # Only here, where nothing broke it off, is what was done all that there was to do.
        bar.update(task, total=done, visible=done > 0)


def _bar(stream: TextIO) -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - slow to import, and only terminals need it
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
def counted_in_background(
    items: Callable[[], Iterable[object]], found: Callable[[int], None], *, patience: float
) -> Generator[None]:
    """Count `items` in the background, and call `found` with their number if it is known in time.

    Args:
        items: walks over what is counted_in_background. It is called in another thread.
        found: called in that thread; not any more when the context has been left, which does not
            wait for the walk: a slow folder may hold that up.
        patience: seconds to wait before counting.
    """
    over = threading.Event()
    telling = threading.Lock()

    def count() -> None:
        if over.wait(patience):
            return
        total = 0
        try:
            for _ in items():
                total += 1
                if over.is_set():
                    return
        except ImgmetaError:
            # The run itself meets the same trouble, and tells of it.
            return
        with telling:
            if not over.is_set():
                found(total)

    threading.Thread(target=count, daemon=True).start()
    try:
        yield
    finally:
        with telling:
            over.set()
