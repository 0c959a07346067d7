"""The progress of a backfill on standard error: one line that changes, or lines in a log."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager

from imgmeta.deployment.core.backfill import BackfillProgress
from imgmeta.entrypoints.cli.rendering.backfill_output import BackfillMeter
from imgmeta.entrypoints.cli.rendering.progress import Throttle, count_in_background
from imgmeta.entrypoints.cli.rendering.screen import Screen, is_terminal

__all__ = ["backfill_progress"]

_LOG_SECONDS = 30.0
_COUNT_DELAY = 0.3


@contextmanager
def backfill_progress(
    screen: Screen, compared: int, items: Callable[[], Iterable[object]] | None
) -> Generator[Callable[[BackfillProgress], None]]:
    """Show progress on standard error; yield a function to call with each progress.

    Args:
        screen: standard error.
        compared: the number of keys that an earlier run compared.
        items: returns the other keys, to count them on a terminal. It is called in another thread.
            None: their number stays unknown.
    """
    meter = BackfillMeter(compared)
    total: int | None = None
    started = time.monotonic()

    def set_total(counted: int) -> None:
        nonlocal total
        total = compared + counted

    with ExitStack() as cleanup:
        write: Callable[[str], object] = screen.line
        interval = _LOG_SECONDS
        if is_terminal(sys.stderr, os.environ):
            from rich.console import Console  # noqa: PLC0415 - slow to import, needed on terminals only

            console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
            status = cleanup.enter_context(console.status("Comparing"))
            write, interval = status.update, 0.1
            if items is not None:
                cleanup.enter_context(count_in_background(items, set_total, delay=_COUNT_DELAY))

        throttle = Throttle(interval, started)

        def show(progress: BackfillProgress) -> None:
            now = time.monotonic()
            text = meter.describe(progress, now, total)
            if throttle.is_due(now):
                write(text)

        yield show
