"""Output of a running watch: one line per change, and the state of the watch."""

import time
from datetime import timedelta

from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.remedies import error_message
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.sync_output import print_item
from imgmeta.entrypoints.cli.rendering.sync_report import SyncReport, item_row, summary_line
from imgmeta.service import STARTED, IndexUnavailable, SyncFinished, SyncStarted, WatchEvent

__all__ = ["WatchOutput"]


class WatchOutput:
    """Prints the events of a watch as they occur.

    Args:
        context: the context of the command.
        folder: the folder's path.
    """

    def __init__(self, context: CommandContext, folder: str) -> None:
        self._context = context
        self._folder = folder
        self._working_directory = context.working_directory
        self._report = SyncReport(context.settings.environment)
        self._started = time.monotonic()
        self._is_available = True
        self._is_first_sync = True

    def show(self, event: WatchEvent) -> None:
        """Print one event, unless it leaves the state of the watch unchanged."""
        if isinstance(event, ItemOutcome):
            self._show_item(event)
        elif isinstance(event, IndexUnavailable):
            self._show_failure(event)
        elif isinstance(event, SyncStarted):
            if event.reason != STARTED:
                reason = f"{event.reason[:1].upper()}{event.reason[1:]}"
                self._state(f"{reason}: syncing {self._folder}.")
        elif isinstance(event, SyncFinished):
            if self._is_first_sync:
                self.show_summary()
                self._state(f"Watching {self._folder}. Press Ctrl-C to stop.")
            self._is_first_sync = False
        elif not self._is_available:
            self._is_available = True
            self._state("The index is available again, and has all changes.")

    def show_summary(self) -> None:
        """Print the counts of all items so far."""
        duration = timedelta(seconds=time.monotonic() - self._started)
        self._context.text_output.line(*summary_line(self._report.summary(duration)))
        self._context.text_output.flush()

    def _show_item(self, item: ItemOutcome) -> None:
        self._report.add(item)
        if item.outcome is Outcome.UNCHANGED:
            return
        if self._context.as_json:
            print_item(self._context, item)
        else:
            name = display_name(item.location, self._working_directory)
            self._context.stdout.line(*item_row(item, name))
        self._context.stdout.flush()

    def _show_failure(self, event: IndexUnavailable) -> None:
        if self._is_available:
            reason = error_message(event.error)
            self._state(f"The index is unavailable, and changes are kept: {reason}")
        self._is_available = False

    def _state(self, text: str) -> None:
        self._context.stderr.line(text)
        self._context.stderr.flush()
