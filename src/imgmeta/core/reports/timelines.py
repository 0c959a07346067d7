"""Timelines of images: counts by day, month or year, whichever shows most in few bars."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

__all__ = ["Bar", "TimeTally", "TimeUnit", "Timeline"]

_MAX_BARS = 60
_MIN_BARS = 12
"""Fewer bars would look like a few wide columns, so empty periods are added before the first."""

_SHARE = 0.95
"""The part of the images that the bars must count. The rest may have wrong clocks: many cameras
start at 1980 or 2000."""

_MAX_DAYS = 4_000
"""Different days that are counted. Images of more days hardly ever fit into `_MAX_BARS` days."""

_MONTHS = 12


class TimeUnit(StrEnum):
    """The period of one bar of a timeline."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Bar(NamedTuple):
    """A period of a timeline.

    Attributes:
        start: its first day.
        number: the number of images.
    """

    start: date
    number: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The number of images by day, month or year.

    Attributes:
        unit: the period of each bar.
        bars: consecutive periods, also those without images; empty if no time is known.
        earlier: images before the first bar.
        later: images after the last bar.
        unknown: images without a time.
        first: the earliest day; None if no time is known.
        last: the latest day.
    """

    unit: TimeUnit
    bars: tuple[Bar, ...]
    earlier: int
    later: int
    unknown: int
    first: date | None
    last: date | None


class _Window(NamedTuple):
    first: int
    last: int
    number: int


class TimeTally:
    """Counts images by day, month and year in bounded memory."""

    def __init__(self) -> None:
        self._added = Counter[date]()
        self._days: Counter[int] | None = Counter()
        self._months = Counter[int]()
        self._unknown = 0
        self._first = date.max
        self._last = date.min

    def add(self, day: date | None) -> None:
        """Count an image of a day; None if its time is unknown."""
        if day is None:
            self._unknown += 1
            return
        self._added[day] += 1
        if len(self._added) > _MAX_DAYS:
            self._settle()

    def _settle(self) -> None:
        """Count the added images by month and day: once for each day, not for each image."""
        if not self._added:
            return
        self._first = min(self._first, *self._added)
        self._last = max(self._last, *self._added)
        for day, number in self._added.items():
            self._months[_number(day, TimeUnit.MONTH)] += number
            if self._days is not None:
                self._days[_number(day, TimeUnit.DAY)] += number
        if self._days is not None and len(self._days) > _MAX_DAYS:
            self._days = None
        self._added.clear()

    def timeline(self) -> Timeline:
        """Return the counts in the shortest unit whose bars show nearly all images."""
        self._settle()
        total = self._months.total()
        if not total:
            return Timeline(TimeUnit.DAY, (), 0, 0, self._unknown, None, None)
        counts: dict[TimeUnit, Counter[int]] = {TimeUnit.MONTH: self._months}
        if self._days is not None:
            counts = {TimeUnit.DAY: self._days, **counts}
        for unit, numbers in counts.items():
            window = _fullest(numbers)
            if window.number >= _SHARE * total:
                return self._within(unit, numbers, window)
        years = Counter[int]()
        for month, count in self._months.items():
            years[month // _MONTHS] += count
        return self._within(TimeUnit.YEAR, years, _fullest(years))

    def _within(self, unit: TimeUnit, counts: Counter[int], window: _Window) -> Timeline:
        first = max(min(window.first, window.last - _MIN_BARS + 1), _number(date.min, unit))
        bars = tuple(
            Bar(_start(number, unit), counts[number]) for number in range(first, window.last + 1)
        )
        return Timeline(
            unit,
            bars,
            sum(count for number, count in counts.items() if number < first),
            sum(count for number, count in counts.items() if number > window.last),
            self._unknown,
            self._first,
            self._last,
        )


def _fullest(counts: Counter[int]) -> _Window:
    """Return the range of at most `_MAX_BARS` numbers with the most images, the latest of equals.

    It starts and ends with a number that has images.
    """
    numbers = sorted(counts)
    best = _Window(numbers[0], numbers[0], 0)
    start = count = 0
    for number in numbers:
        count += counts[number]
        while numbers[start] <= number - _MAX_BARS:
            count -= counts[numbers[start]]
            start += 1
        if count >= best.number:
            best = _Window(numbers[start], number, count)
    return best


def _number(day: date, unit: TimeUnit) -> int:
    match unit:
        case TimeUnit.DAY:
            return day.toordinal()
        case TimeUnit.MONTH:
            return day.year * _MONTHS + day.month - 1
        case _:
            return day.year


def _start(number: int, unit: TimeUnit) -> date:
    match unit:
        case TimeUnit.DAY:
            return date.fromordinal(number)
        case TimeUnit.MONTH:
            return date(number // _MONTHS, number % _MONTHS + 1, 1)
        case _:
            return date(number, 1, 1)
