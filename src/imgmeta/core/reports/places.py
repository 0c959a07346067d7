"""Counts of images by place, in bounded memory."""

from __future__ import annotations

from typing import NamedTuple

from imgmeta.core.grouping import cell_center

__all__ = ["PlaceCount", "PlaceGrid", "PlaceTally"]

_HEIGHTS = (1, 2, 5, 10, 20, 50, 100)
"""Heights of the cells of a grid, in tenths of a degree. The last grid has about 400 cells."""

_KILOMETERS = 10
"""About the length of a tenth of a degree of latitude."""


class PlaceCount(NamedTuple):
    """A number of images whose positions are in the same cell: see `grouping.cell_center`.

    Attributes:
        latitude: of the center of the cell, in degrees, north positive.
        longitude: of the center of the cell, in degrees, east positive.
        number: the number of images.
    """

    latitude: float
    longitude: float
    number: int


class PlaceGrid(NamedTuple):
    """The cells of a grid that have images.

    Attributes:
        cells: the cells, those with most images first.
        kilometers: about the height and width of a cell.
    """

    cells: tuple[PlaceCount, ...]
    kilometers: int


class PlaceTally:
    """Counts positions by cell of a grid.

    The cells are those of `grouping.place_of`, about 10 km high. If there are too many, larger
    cells replace them, so that no image is forgotten.

    Args:
        capacity: the maximum number of cells, at least 500.
    """

    def __init__(self, capacity: int = 2000) -> None:
        self._capacity = capacity
        self._level = 0
        self._numbers: dict[tuple[float, float], int] = {}

    def add(self, latitude: float, longitude: float, number: int = 1) -> None:
        """Count images at a position."""
        center = cell_center(latitude, longitude, _HEIGHTS[self._level])
        self._numbers[center] = self._numbers.get(center, 0) + number
        if len(self._numbers) > self._capacity:
            self._enlarge()

    def grid(self) -> PlaceGrid:
        """Return the grid and its cells with images, those with most images first."""
        cells = [PlaceCount(*center, number) for center, number in self._numbers.items()]
        cells.sort(key=lambda cell: (-cell.number, cell))
        return PlaceGrid(tuple(cells), _HEIGHTS[self._level] * _KILOMETERS)

    def _enlarge(self) -> None:
        numbers, self._numbers = self._numbers, {}
        self._level += 1
        for center, number in numbers.items():
            self.add(*center, number)
