"""The places of images, joined to a limited number of circles on a map."""

from __future__ import annotations

from collections import defaultdict
from math import log10, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.maps.frame import Frame
    from imgmeta.core.reports.places import PlaceCount

__all__ = ["MAX_RADIUS", "MIN_RADIUS", "Circle", "circles_of"]

MIN_RADIUS, MAX_RADIUS = 4.0, 26.0
"""The limits of the radius of a circle, in units of the drawing."""

_RADIUS_PER_POWER = 7.0
"""How much larger the largest circle is for ten times as many images."""

_CELL = 10.0
"""The side of the first grid's cells, in units of the drawing."""


class Circle(NamedTuple):
    """A circle that represents the images in one cell of a grid.

    Attributes:
        x: the distance of its center from the left edge of the drawing.
        y: the distance of its center from the upper edge.
        radius: its radius.
        place: the place in the cell with the most images, with the number of all of them.
    """

    x: float
    y: float
    radius: float
    place: PlaceCount


def circles_of(frame: Frame, places: Iterable[PlaceCount], *, limit: int) -> list[Circle]:
    """Return circles for the places of a frame, largest first; their areas grow with the numbers.

    The places of a cell share a circle at their center of mass. The cells are doubled in size
    until no more than `limit` have places. A circle at an edge, such as one at a pole, is moved
    inside, where all of it is visible.

    Args:
        frame: a frame that contains all places.
        places: the places, each with one image or more.
        limit: the maximum number of circles, at least 1.
    """
    cells = defaultdict[tuple[int, int], list[_Mass]](list)
    for place in places:
        x, y = frame.x(place.longitude), frame.y(place.latitude)
        cells[int(x // _CELL), int(y // _CELL)].append(_Mass(x, y, place.number, place))
    masses = {cell: _joined(parts) for cell, parts in cells.items()}
    while len(masses) > limit:
        larger = defaultdict[tuple[int, int], list[_Mass]](list)
        for (column, row), mass in masses.items():
            larger[column // 2, row // 2].append(mass)
        masses = {cell: _joined(parts) for cell, parts in larger.items()}
    largest = max((mass.number for mass in masses.values()), default=1)
    full = min(MAX_RADIUS, MIN_RADIUS + _RADIUS_PER_POWER * log10(largest))
    circles: list[Circle] = []
    for mass in masses.values():
        radius = max(MIN_RADIUS, full * sqrt(mass.number / largest))
        x, y = _inside(mass.x, radius, frame.width), _inside(mass.y, radius, frame.height)
        circles.append(Circle(x, y, radius, mass.largest._replace(number=mass.number)))
    return sorted(circles, key=lambda circle: (-circle.place.number, circle))


class _Mass(NamedTuple):
    """The number of images in a cell, their center, and the place with the most of them."""

    x: float
    y: float
    number: int
    largest: PlaceCount


def _joined(parts: list[_Mass]) -> _Mass:
    number = sum(part.number for part in parts)
    x = sum(part.x * part.number for part in parts) / number
    y = sum(part.y * part.number for part in parts) / number
    return _Mass(x, y, number, max((part.largest for part in parts), key=_by_number))


def _inside(center: float, radius: float, length: float) -> float:
    return min(max(center, radius), length - radius)


def _by_number(place: PlaceCount) -> tuple[int, PlaceCount]:
    return place.number, place
