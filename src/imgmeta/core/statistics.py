"""Counts of the records in the index, by status, format, camera and month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from imgmeta.core.cameras import camera_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.summaries import SummaryCount

__all__ = [
    "CHRONOLOGICAL",
    "TALLIED_ATTRIBUTES",
    "Statistics",
    "sort_counts",
    "tally_counts",
]

TALLIED_ATTRIBUTES = (
    *("status", "format", "camera_make", "camera_model", "taken_at"),
    *("complete", "partial_metadata"),
)
"""The attributes by which `tally_counts` counts."""

_MONTHS = "Month"

CHRONOLOGICAL = frozenset({_MONTHS, "Day"})
"""The names of groups whose values are times."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Number of records by group. A record without a value is left out of that group.

    Attributes:
        total: number of records.
        file_size: total size of their objects in bytes.
        by_status: records by status, and the number of unreadable records.
        by_format: records by image format.
        by_camera: records by camera make and model, without repeating the make.
        by_month: records by the month in which the photo was taken, `2026-11`.
        by_gap: records with missing parts: files that are cut short, and metadata that was not
            read completely.
    """

    total: int = 0
    file_size: int = 0
    by_status: Counter[str] = field(default_factory=Counter[str])
    by_format: Counter[str] = field(default_factory=Counter[str])
    by_camera: Counter[str] = field(default_factory=Counter[str])
    by_month: Counter[str] = field(default_factory=Counter[str])
    by_gap: Counter[str] = field(default_factory=Counter[str])

    def groups(self) -> dict[str, Counter[str]]:
        """Return the groups by name, in display order."""
        return {
            "Status": self.by_status,
            "Format": self.by_format,
            "Camera": self.by_camera,
            _MONTHS: self.by_month,
            "Incomplete": self.by_gap,
        }

    def with_unreadable(self, count: int) -> Self:
        """Return the statistics with a number of unreadable records added."""
        by_status = self.by_status + Counter({"unreadable": count})
        return replace(self, total=self.total + count, by_status=by_status)


def tally_counts(groups: Iterable[SummaryCount]) -> Statistics:
    """Return the statistics of groups of records that share `TALLIED_ATTRIBUTES`.

    The groups are consumed one by one.
    """
    total = file_size = 0
    counts = Statistics()
    for record, count, size in groups:
        total += count
        file_size += size
        counts.by_status[record.status] += count
        if record.format:
            counts.by_format[record.format] += count
        if camera := camera_name(record):
            counts.by_camera[camera] += count
        if record.taken_at:
            counts.by_month[record.taken_at.isoformat()[:7]] += count
        if record.complete is False:
            counts.by_gap["cut short"] += count
        if record.partial_metadata:
            counts.by_gap["metadata partly read"] += count
    return Statistics(total, file_size, *counts.groups().values())


def sort_counts(group: str, counts: Counter[str]) -> list[tuple[str, int]]:
    """Return times in chronological order, other groups with the largest count first."""
    if group in CHRONOLOGICAL:
        return sorted(counts.items())
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
