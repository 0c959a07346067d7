"""Counts of records by one attribute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from math import cos, radians
from typing import TYPE_CHECKING

from imgmeta.core.cameras import camera_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.summaries import Summarized, SummaryCount

__all__ = [
    "GroupedCounts",
    "Grouping",
    "attributes_of",
    "cell_center",
    "place_of",
    "tally_counts_by",
]


class Grouping(StrEnum):
    """Attributes by which records are counted."""

    CAMERA = "camera"
    LENS = "lens"
    FORMAT = "format"
    MONTH = "month"
    DAY = "day"
    PLACE = "place"
    """A cell of a grid of about 10 km."""


_ATTRIBUTES = {
    Grouping.CAMERA: ("camera_make", "camera_model"),
    Grouping.LENS: ("lens_model",),
    Grouping.FORMAT: ("format",),
    Grouping.PLACE: ("latitude", "longitude"),
}


@dataclass(frozen=True, slots=True)
class GroupedCounts:
    """Number of records by one attribute. A record without a value is in the total only.

    Attributes:
        grouping: the attribute.
        total: number of records.
        file_size: total size of their objects in bytes.
        counts: records by value.
    """

    grouping: Grouping
    total: int
    file_size: int
    counts: Counter[str]

    def groups(self) -> dict[str, Counter[str]]:
        """Return the counts by the name of their group."""
        return {self.grouping.value.capitalize(): self.counts}


def attributes_of(grouping: Grouping) -> tuple[str, ...]:
    """Return the attributes of a record by which it is counted."""
    return _ATTRIBUTES.get(grouping, ("taken_at",))


def tally_counts_by(grouping: Grouping, groups: Iterable[SummaryCount]) -> GroupedCounts:
    """Return the counts of groups of records that share the attributes of `attributes_of`."""
    total = file_size = 0
    counts = Counter[str]()
    for record, count, size in groups:
        total += count
        file_size += size
        if value := _value(record, grouping):
            counts[value] += count
    return GroupedCounts(grouping, total, file_size, counts)


def place_of(latitude: float, longitude: float) -> str:
    """Return the center of a position's cell, as the option `--near` takes it: `48.15,11.55`.

    The cells are those of `cell_center`, about 10 km high and wide.
    """
    north, east = cell_center(latitude, longitude)
    return f"{north:.2f},{east:.2f}"


def cell_center(latitude: float, longitude: float, height: int = 1) -> tuple[float, float]:
    """Return latitude and longitude of the center of a position's cell in a grid.

    Each row has as many cells of equal width as make them about as wide as they are high in the
    middle of the row.

    Args:
        latitude: the position's latitude in degrees.
        longitude: the position's longitude in degrees.
        height: the height of a row in tenths of a degree (11.1 km), a divisor of 1,800.
    """
    rows = 1800 // height
    row = min(int((latitude + 90) / 180 * rows), rows - 1)
    middle = (row + 0.5) / rows * 180 - 90
    cells = max(1, round(2 * rows * cos(radians(middle))))
    # The longitudes -180 and 180 are the same meridian.
    cell = int((longitude + 180) / 360 * cells) % cells
    return round(middle, 2), round((cell + 0.5) * 360 / cells - 180, 2)


def _value(record: Summarized, grouping: Grouping) -> str | None:
    match grouping:
        case Grouping.CAMERA:
            return camera_name(record)
        case Grouping.LENS:
            return record.lens_model
        case Grouping.FORMAT:
            return record.format
        case Grouping.PLACE:
            if record.latitude is None or record.longitude is None:
                return None
            return place_of(record.latitude, record.longitude)
        case _:
            taken, is_month = record.taken_at, grouping is Grouping.MONTH
            return None if taken is None else taken.isoformat()[: 7 if is_month else 10]
