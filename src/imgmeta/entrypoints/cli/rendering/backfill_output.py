"""Output of a backfill: progress, summary and JSON."""

from collections.abc import Mapping
from datetime import timedelta

from imgmeta.core.drift import Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.backfill import (
    BackfillPhase,
    BackfillProgress,
    BackfillResult,
    Checkpoint,
)
from imgmeta.entrypoints.cli.rendering.formatting import display_name, duration, file_size
from imgmeta.entrypoints.cli.rendering.json_lines import json_line, location_values
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["BackfillMeter", "comparison_text", "result_line", "result_rows"]

_SETTLING_SECONDS = 1.0
"""Seconds before a rate is shown."""


class BackfillMeter:
    """Describes the progress of a backfill, with the rate and the time left.

    Args:
        compared: the number of keys that an earlier run compared.
    """

    def __init__(self, compared: int) -> None:
        self._phase: BackfillPhase | None = None
        self._started_at = 0.0
        self._start = compared
        self._largest = 0

    def describe(self, progress: BackfillProgress, now: float, total: int | None = None) -> str:
        """Return the progress in words.

        Args:
            progress: the progress.
            now: seconds since any fixed time.
            total: the number of keys to compare; None: unknown.
        """
        is_draining = progress.phase is BackfillPhase.DRAINING
        if self._phase is None or is_draining != (self._phase is BackfillPhase.DRAINING):
            self._started_at = now
            self._largest = progress.depth or 0
        self._phase = progress.phase
        elapsed = now - self._started_at
        if is_draining:
            return self._draining(progress.depth or 0, elapsed)
        return self._comparing(progress, elapsed, total)

    def _comparing(self, progress: BackfillProgress, elapsed: float, total: int | None) -> str:
        done = progress.compared
        paused = progress.phase is BackfillPhase.PAUSED
        parts = [f"{done:,} compared" if total is None else f"{done:,} of {total:,} compared"]
        left = None if total is None else total - done
        parts += _rate_and_time(done - self._start, elapsed, left)
        parts.append(f"{progress.sent:,} sent")
        if progress.depth is not None:
            parts.append(f"{progress.depth:,} in the queue{' (waiting)' if paused else ''}")
        return ", ".join(parts)

    def _draining(self, depth: int, elapsed: float) -> str:
        self._largest = max(self._largest, depth)
        parts = [f"All hints sent; {depth:,} in the queue"]
        return ", ".join(parts + _rate_and_time(self._largest - depth, elapsed, depth))


def _rate_and_time(done: int, elapsed: float, left: int | None) -> list[str]:
    if done <= 0 or elapsed < _SETTLING_SECONDS:
        return []
    rate = done / elapsed
    parts = [f"{rate:,.0f}/s"]
    if left is not None and left > 0:
        parts.append(f"{duration(timedelta(seconds=left / rate))} left")
    return parts


def comparison_text(compared: int, differences: Mapping[Difference, int]) -> str:
    """Return the numbers of compared keys and of differences in words."""
    found = sum(differences.values())
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in differences.items())
    noun = "difference" if found == 1 else "differences"
    return (
        f"{compared:,} compared, {found:,} {noun}"
        f"{f' ({kinds})' if kinds else ''}, {compared - found:,} unchanged."
    )


def result_rows(checkpoint: Checkpoint, result: BackfillResult) -> list[list[Span]]:
    """Return the failures and the numbers of the written records."""
    rows = [
        [Span("failed", Style.BAD, 9), Span(name), Span("  "), Span(failure.reason)]
        for failure in result.failures
        for name in [display_name(ObjectLocation(failure.bucket, failure.key))]
    ]
    if more := result.failed - len(rows):
        rows.append([Span(f"and {more:,} more failed", Style.FAINT)])
    counts = [
        (result.processed, "processed", Style.GOOD),
        (result.failed, "failed", Style.BAD),
        (result.deleted, "deleted", Style.CHANGED),
        (result.incomplete, "incomplete", Style.CHANGED),
        (result.unreadable, "unreadable", Style.BAD),
    ]
    always = {"processed", "failed"}
    line = [Span(f"{checkpoint.sent:,} sent")]
    for count, name, style in counts:
        if count or name in always:
            line.append(Span(", "))
            line.append(Span(f"{count:,} {name}", style if count else Style.FAINT))
    line.append(Span(f"; {file_size(result.file_size)}"))
    return [*rows, line]


def result_line(checkpoint: Checkpoint, result: BackfillResult | None) -> str:
    """Return the result as JSON; without `result`, only the counts of keys and hints."""
    found = {kind.value: count for kind, count in checkpoint.differences.items()}
    values: dict[str, object] = {
        "Compared": checkpoint.compared,
        "Unchanged": checkpoint.compared - sum(found.values()),
        "Differences": found,
        "Sent": checkpoint.sent,
        "Rejected": checkpoint.rejected,
    }
    if result is not None:
        values |= {
            "Processed": result.processed,
            "Failed": result.failed,
            "Deleted": result.deleted,
            "Incomplete": result.incomplete,
            "Unreadable": result.unreadable,
            "FileSize": result.file_size,
            "DeadLetters": result.dead_letters,
            "Failures": [
                location_values(ObjectLocation(each.bucket, each.key)) | {"Error": each.reason}
                for each in result.failures
            ],
        }
    return json_line(values)
