"""Output of a running sync or reprocess: JSON Lines, the progress bar and the report."""

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import timedelta
from itertools import chain

from imgmeta.bootstrap import list_target
from imgmeta.config import Settings
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.targets import Target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.progress import progress_bar
from imgmeta.entrypoints.cli.rendering.screen import is_terminal
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, item_row, summary_line
from imgmeta.ports import ObjectStore

__all__ = [
    "objects_to_sync",
    "print_item",
    "print_outcomes",
    "print_report",
    "print_table",
    "sync_progress",
]


def print_item(context: CommandContext, item: ItemOutcome) -> None:
    """With --json, print a written record or an error; with --verbose, print a row."""
    if context.verbose:
        name = display_name(item.location, context.working_directory)
        context.text_output.line(*item_row(item, name))
    if not context.as_json:
        return
    if item.record is not None:
        context.stdout.raw(json_lines.record_line(item.record))
    elif item.outcome is Outcome.ERROR:
        context.stdout.raw(json_lines.error_line(item))


def objects_to_sync(
    settings: Settings, objects: ObjectStore, targets: Iterable[Target]
) -> Iterator[object]:
    """Yield one item for each object that a sync of these targets visits, for counting them."""
    # A single image counts as one, since listing its folder would take longer than indexing it.
    return chain.from_iterable(
        [target] if target.exact else list_target(settings, objects, target) for target in targets
    )


def print_outcomes(
    context: CommandContext,
    items: Generator[ItemOutcome],
    report: SyncReport,
    progress: AbstractContextManager[Callable[[], None]],
    *,
    stops_itself: bool = False,
) -> bool:
    """Print the outcomes and add them to a report; return False if a signal stopped that.

    Closing the outcomes waits for images in progress.

    Args:
        context: the context of the command.
        items: the outcomes.
        report: counts the outcomes.
        progress: the progress bar.
        stops_itself: whether `items` raises StopRequested at a signal, once the outcomes of all
            finished images have been yielded.

    Raises:
        ImgmetaError: from `items`, passed on.
    """
    try:
        with interruptible(context.stop) as stop_if_requested, progress as advance, closing(items):
            for item in items:
                report.add(item)
                print_item(context, item)
                advance()
                if not stops_itself:
                    stop_if_requested()
    except StopRequested:
        return False
    return True


def print_report(context: CommandContext, report: SyncReport, started: float) -> None:
    """Print the table and the summary of a report; `started` is a time of `time.monotonic`."""
    print_table(context, report)
    duration = timedelta(seconds=time.monotonic() - started)
    context.summaries.line(*summary_line(report.summary(duration)))


def print_table(context: CommandContext, report: SyncReport) -> None:
    """Print the table of a report: with --quiet, only failures; not after rows of --verbose."""
    if not context.verbose:
        output = context.text_output
        output.lines(report.table(failures_only=context.quiet, columns=output.columns))


def sync_progress(
    context: CommandContext, targets: Iterable[Target] | None, *, prints_lines: bool
) -> AbstractContextManager[Callable[[], None]]:
    """Return the progress bar; a no-op without a terminal, or with output lines on a terminal.

    There is none with --quiet and --verbose either.

    Args:
        context: the context of the command.
        targets: the targets, whose objects are counted for the total; None: the total is unknown.
        prints_lines: whether lines are written to standard output during the sync.
    """
    lines_on_terminal = prints_lines and context.stdout.columns is not None
    if context.quiet or context.verbose:
        return nullcontext(lambda: None)
    if lines_on_terminal or not is_terminal(sys.stderr, os.environ):
        return nullcontext(lambda: None)
    if targets is None:
        return progress_bar(sys.stderr, None)
    settings, objects = context.index_settings, context.object_store
    return progress_bar(sys.stderr, lambda: objects_to_sync(settings, objects, targets))
