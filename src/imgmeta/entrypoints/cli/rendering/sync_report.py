"""Table and summary of a sync."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from imgmeta.core.drift import Difference
from imgmeta.core.notifications import MAX_FAILURES, Failure
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.entrypoints.cli.rendering.formatting import display_name, duration, file_size, pixels
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, display_width, path_span

if TYPE_CHECKING:
    from datetime import timedelta

__all__ = ["MAX_ROWS", "SyncReport", "difference_label", "item_row", "summary_line"]

MAX_ROWS = 10
"""Maximum rows of the table; one more line counts the rest."""

_MAX_NAME = 48
"""Columns that names are aligned to, or more on a wide terminal."""

_LABELS = {
    Outcome.FAILED: ("failed", Style.BAD),
    Outcome.ERROR: ("error", Style.BAD),
    Outcome.DELETED: ("gone", Style.CHANGED),
    Outcome.STALE: ("stale", Style.FAINT),
    Outcome.UNCHANGED: ("same", Style.FAINT),
    Outcome.IGNORED: ("ignored", Style.FAINT),  # another process just marked it as deleted
}
_PROCESSED_LABELS = {
    Difference.NEW: ("new", Style.GOOD),
    Difference.CHANGED: ("changed", Style.CHANGED),
    Difference.OUTDATED: ("reread", Style.CHANGED),
    Difference.UNREADABLE: ("repaired", Style.CHANGED),
    Difference.SAME: ("hashed", Style.GOOD),
}
_READ = ("read", Style.GOOD)
_FAILURES = frozenset({Outcome.FAILED, Outcome.ERROR})
_LABEL_WIDTH = 9
_GAP = "  "


class SyncReport:
    """Counts the outcomes of a sync and keeps the items that the table shows.

    Args:
        environment: the environment's name in the summary.
        working_directory: the prefix of the keys in the working directory.
    """

    def __init__(self, environment: str = "", working_directory: str = "") -> None:
        self._environment = environment
        # Not a BatchSummary, since adding up thousands of them is slow.
        self._counts = Counter[Outcome]()
        self._bytes_read = 0
        self._working_directory = working_directory
        self._failed = list[ItemOutcome]()
        self._others = list[ItemOutcome]()
        self._failures = list[Failure]()

    def add(self, item: ItemOutcome) -> None:
        """Count one item."""
        self._counts[item.outcome] += 1
        self._bytes_read += item.bytes_read
        shown = self._failed if item.outcome in _FAILURES else self._others
        if item.outcome is not Outcome.UNCHANGED and len(shown) < MAX_ROWS:
            shown.append(item)
        if item.outcome in _FAILURES and len(self._failures) < MAX_FAILURES:
            location = item.location
            self._failures.append(Failure(location.key, item.reason or "", location.bucket))

    @property
    def has_failures(self) -> bool:
        """Whether any item failed."""
        return self._failure_count > 0

    def summary(self, duration: timedelta) -> BatchSummary:
        """Return the counts of all items, and the first failures."""
        counts = self._counts
        return BatchSummary(
            environment=self._environment,
            processed=counts[Outcome.PROCESSED],
            failed=self._failure_count,
            deleted=counts[Outcome.DELETED],
            unchanged=counts[Outcome.UNCHANGED],
            stale=counts[Outcome.STALE],
            bytes_read=self._bytes_read,
            duration=duration,
            failures=tuple(self._failures),
        )

    def table(self, *, failures_only: bool = False, columns: int | None = None) -> list[list[Span]]:
        """Return the rows, failures first, and a line that counts the rows left out.

        Args:
            failures_only: leave out all others.
            columns: the terminal's width: names get what the longest description leaves; None
                without a terminal.
        """
        others = [] if failures_only else self._others
        rows = (self._failed + others)[:MAX_ROWS]
        names = [display_name(item.location, self._working_directory) for item in rows]
        room = _MAX_NAME
        if columns is not None:
            longest = max((display_width(_description(item)) for item in rows), default=0)
            room = max(columns - _LABEL_WIDTH - len(_GAP) - longest, _MAX_NAME)
        width = min(max(map(display_width, names), default=0), room)
        table = [item_row(item, name, width) for item, name in zip(rows, names, strict=True)]
        changes = self._counts.total() - self._counts[Outcome.UNCHANGED]
        if more := (self._failure_count if failures_only else changes) - len(rows):
            hidden = self._failure_count - len(self._failed)
            failed = f", {hidden:,} of them failed" if hidden else ""
            table.append([Span(f"and {more:,} more{failed}", Style.FAINT)])
        return table

    @property
    def _failure_count(self) -> int:
        return sum(self._counts[outcome] for outcome in _FAILURES)


def difference_label(difference: Difference) -> tuple[str, Style]:
    """Return the label that a sync gives to the outcome of a difference, and its style."""
    if difference is Difference.UNKNOWN:
        return _LABELS[Outcome.ERROR]
    if difference is Difference.SAME:
        return _LABELS[Outcome.UNCHANGED]
    return _PROCESSED_LABELS.get(difference, _LABELS[Outcome.DELETED])


def summary_line(summary: BatchSummary) -> list[Span]:
    """Return the counts of a summary on one line; omit deleted and stale counts of zero."""
    counts = [
        (summary.processed, "processed", Style.GOOD),
        (summary.failed, "failed", Style.BAD),
        (summary.deleted, "gone", Style.CHANGED),
        (summary.stale, "stale", Style.FAINT),
        (summary.unchanged, "unchanged", Style.PLAIN),
    ]
    always = {"processed", "failed", "unchanged"}
    line = list[Span]()
    for count, name, style in counts:
        if count or name in always:
            line.append(Span(f"{count:,} {name}", style if count else Style.FAINT))
            line.append(Span(", "))
    line[-1] = Span(f"; {file_size(summary.bytes_read)} read in {duration(summary.duration)}")
    if summary.environment:
        line.append(Span(f" ({summary.environment})"))
    return line


def item_row(item: ItemOutcome, name: str, width: int = 0) -> list[Span]:
    """Return the row of an outcome: its label, the image's name, and a reason or description."""
    label, style = _LABELS.get(item.outcome, _READ)
    if item.outcome is Outcome.PROCESSED and item.difference is not None:
        label, style = _PROCESSED_LABELS.get(item.difference, _READ)
    return [
        Span(label, style, _LABEL_WIDTH),
        path_span(name, width),
        Span(_GAP),
        Span(_description(item), Style.FAINT, fit=True),
    ]


def _description(item: ItemOutcome) -> str:
    """Return the reason of a failure, or what was read."""
    record = item.record
    if item.reason:
        return item.reason
    if record is None:
        return ""
    size = f"{record.format or ''} {pixels(record)}".strip()
    day = f"{record.taken_at:%Y-%m-%d}" if record.taken_at else ""
    gap = "cut short" if record.complete is False else ""
    return ", ".join(filter(None, [gap, size, record.camera_model, day]))
