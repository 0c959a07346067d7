"""Counts of what the index holds, grouped as people ask for them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from imgmeta.core.records import ImageRecord

__all__ = ["MONTHS", "Statistics", "in_reading_order", "tally"]

MONTHS = "Month"
"""The one group that is a course of time."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """How many records there are of each kind. What a record does not say is not counted.

    Attributes:
        total: all records that were counted.
        file_size: bytes of all their objects together.
        by_status: records by status.
        by_format: records by image format.
        by_camera: records by make and model, the make said once.
        by_month: records by the month the photo was taken in, `2026-11`.
    """

    total: int = 0
    file_size: int = 0
    by_status: Counter[str] = field(default_factory=Counter[str])
    by_format: Counter[str] = field(default_factory=Counter[str])
    by_camera: Counter[str] = field(default_factory=Counter[str])
    by_month: Counter[str] = field(default_factory=Counter[str])

    def groups(self) -> dict[str, Counter[str]]:
        """Return the groups by name, in the order people read them."""
        return {
            "Status": self.by_status,
            "Format": self.by_format,
            "Camera": self.by_camera,
            MONTHS: self.by_month,
        }


def tally(records: Iterable[ImageRecord]) -> Statistics:
    """Return the statistics of `records`, which are consumed one by one."""
    total = file_size = 0
    counts = Statistics()
    for record in records:
        total += 1
        file_size += record.file_size or 0
        counts.by_status[record.status] += 1
        if record.format:
            counts.by_format[record.format] += 1
        if camera := _camera(record):
            counts.by_camera[camera] += 1
        if record.taken_at:
            counts.by_month[f"{record.taken_at:%Y-%m}"] += 1
    return Statistics(total, file_size, *counts.groups().values())


def in_reading_order(group: str, counts: Counter[str]) -> list[tuple[str, int]]:
    """Return months as time goes, and anything else with the most frequent first."""
    if group == MONTHS:
        return sorted(counts.items())
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _camera(record: ImageRecord) -> str | None:
    make, model = record.camera_make or "", record.camera_model or ""
    # "NIKON CORPORATION" makes the "NIKON D70": most models name their maker already.
    brand = make.casefold().partition(" ")[0]
    named = model.casefold().startswith(brand)
    return (model if named else f"{make} {model}".strip()) or make or None
