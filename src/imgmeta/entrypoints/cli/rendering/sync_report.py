"""What a sync did: counted while it runs, and told at its end."""

from dataclasses import replace
from datetime import timedelta

from imgmeta.core.drift import Difference
from imgmeta.core.outcomes import BatchSummary, ItemOutcome, Outcome
from imgmeta.core.records import ImageRecord
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size, pixels, seconds
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, cells

__all__ = ["MAX_ROWS", "SyncReport", "summary_line"]

MAX_ROWS = 10
"""Rows of the table; it says how many more there would be."""

_MAX_NAME = 48

_LABELS = {
    Outcome.FAILED: ("failed", Style.BAD),
    Outcome.ERROR: ("error", Style.BAD),
    Outcome.DELETED: ("gone", Style.CHANGED),
    Outcome.STALE: ("stale", Style.FAINT),
    Outcome.IGNORED: ("ignored", Style.FAINT),
    Outcome.UNCHANGED: ("unchanged", Style.FAINT),
}
_PROCESSED_LABELS = {
    Difference.NEW: ("new", Style.GOOD),
    Difference.CHANGED: ("changed", Style.CHANGED),
    Difference.OUTDATED: ("reread", Style.CHANGED),
}
_READ = ("read", Style.GOOD)
_LABEL_WIDTH = 9


class SyncReport:
    """Counts what became of the items, and remembers the few that are shown.

    Args:
        environment: the name that the summary carries.
        working_folder: the prefix of the keys in the working folder, which are named without it.
    """

    def __init__(self, environment: str = "", working_folder: str = "") -> None:
        self._changes = BatchSummary(environment=environment)
        self._unchanged = 0
        self._working_folder = working_folder
        self._bad = list[ItemOutcome]()
        self._good = list[ItemOutcome]()

    def add(self, item: ItemOutcome) -> None:
        """Count one item."""
        # Nearly all items of a later run: it would take longer to sum than to find them unchanged.
        if item.outcome is Outcome.UNCHANGED:
            self._unchanged += 1
            return
        self._changes += BatchSummary.of(item)
        shown = self._bad if item.outcome in {Outcome.FAILED, Outcome.ERROR} else self._good
        if len(shown) < MAX_ROWS:
            shown.append(item)

    @property
    def has_failures(self) -> bool:
        """Whether anything failed in this run."""
        return self._changes.failed > 0

    def summary(self, duration: timedelta) -> BatchSummary:
        """Return the summary of all items."""
        return replace(self._changes, unchanged=self._unchanged, duration=duration)

    def table(self) -> list[list[Span]]:
        """Return what changed, line by line: what failed first, and how many lines more."""
        rows = (self._bad + self._good)[:MAX_ROWS]
        names = [display_name(item.location, self._working_folder) for item in rows]
        width = min(max(map(cells, names), default=0), _MAX_NAME)
        table = [_row(item, name, width) for item, name in zip(rows, names, strict=True)]
        if more := self._changes.total - len(rows):
            hidden = self._changes.failed - len(self._bad)
            of_them = f", {hidden:,} of them failed" if hidden else ""
            table.append([Span(f"and {more:,} more{of_them}", Style.FAINT)])
        return table


def summary_line(summary: BatchSummary) -> list[Span]:
    """Return the counts of a summary on one line; those that are zero and seldom are left out."""
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
    line[-1] = Span(f"; {file_size(summary.bytes_read)} read in {seconds(summary.duration)}")
    if summary.environment:
        line.append(Span(f" ({summary.environment})"))
    return line


def _row(item: ItemOutcome, name: str, width: int) -> list[Span]:
    label, style = _LABELS.get(item.outcome, _READ)
    if item.outcome is Outcome.PROCESSED and item.difference is not None:
        label, style = _PROCESSED_LABELS.get(item.difference, _READ)
    return [
        Span(label, style, _LABEL_WIDTH),
        Span(name, width=width, fit=True, keep_end=True),
        Span("  "),
        Span(item.reason or _description(item.record), Style.FAINT, fit=True),
    ]


def _description(record: ImageRecord | None) -> str:
    if record is None:
        return ""
    size = f"{record.format or ''} {pixels(record)}".strip()
    day = f"{record.taken_at:%Y-%m-%d}" if record.taken_at else ""
    return ", ".join(filter(None, [size, record.camera_model, day]))
