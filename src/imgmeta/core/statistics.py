"""Counts of the records in the index, by status, format, camera and month."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from imgmeta.core.attributes import camera_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.summaries import Summarized

__all__ = ["CHRONOLOGICAL", "Statistics", "sort_counts", "tally"]

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


def tally(records: Iterable[Summarized]) -> Statistics:
    """Return the statistics of `records`, consuming them one by one."""
    total = file_size = 0
    counts = Statistics()
    for record in records:
        total += 1
        file_size += record.file_size or 0
        counts.by_status[record.status] += 1
        if record.format:
            counts.by_format[record.format] += 1
        if camera := camera_name(record):
            counts.by_camera[camera] += 1
        if record.taken_at:
            counts.by_month[record.taken_at.isoformat()[:7]] += 1
        if record.complete is False:
            counts.by_gap["cut short"] += 1
        if record.partial_metadata:
            counts.by_gap["metadata partly read"] += 1
    return Statistics(total, file_size, *counts.groups().values())


def sort_counts(group: str, counts: Counter[str]) -> list[tuple[str, int]]:
    """Return times in chronological order, other groups with the largest count first."""
    if group in CHRONOLOGICAL:
        return sorted(counts.items())
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
