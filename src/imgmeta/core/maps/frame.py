"""The part of the world that a map shows, and its projection.

The projection is equirectangular: x grows with the longitude and y with the latitude, so that a
frame can cross the antimeridian and reach a pole. The scales along both axes are equal in the
middle of a region, and at the equator on a map of the world.
"""

from __future__ import annotations

from math import cos, radians
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Frame", "frame_around"]

_LAND = (-60.0, 85.0)
"""The latitudes of a map of the world: all land but Antarctica."""

_MARGIN = 0.15
"""The margin on each side, as a fraction of the distance between the outermost places."""

_MIN_HEIGHT = 4.0
"""The smallest height of a region in degrees. The outline of the land is too coarse for less."""

_MIN_SHAPE, _MAX_SHAPE = 1.6, 2.2
"""Limits of the width of a region divided by its height."""

_WORLD_FROM = 180.0
"""The width in degrees of longitude from which a map shows the world."""

_POLE = 90.0


class Frame(NamedTuple):
    """A part of the world, and the size of its drawing.

    Attributes:
        south: the southern edge in degrees.
        west: the western edge in degrees, from -180 to less than 180.
        north: the northern edge in degrees.
        east: the eastern edge in degrees, greater than `west`; more than 180 if the frame crosses
            the antimeridian.
        width: the width of the drawing.
        height: the height of the drawing.
        is_region: whether it shows a region and not the world.
    """

    south: float
    west: float
    north: float
    east: float
    width: float
    height: float
    is_region: bool

    @property
    def middle(self) -> float:
        """The latitude in the middle."""
        return (self.south + self.north) / 2

    def x(self, longitude: float) -> float:
        """Return the distance of a meridian in the frame from the left edge of the drawing."""
        return (longitude - self.west) % 360 / (self.east - self.west) * self.width

    def y(self, latitude: float) -> float:
        """Return the distance of a parallel from the upper edge of the drawing."""
        return (self.north - latitude) / (self.north - self.south) * self.height


def frame_around(positions: Iterable[tuple[float, float]], width: float) -> Frame:
    """Return a frame with all positions and a margin: a region, or the world.

    The region is on the shorter way around the earth. Without positions it is the world.

    Args:
        positions: latitudes and longitudes in degrees.
        width: the width of the drawing.
    """
    points = list(positions)
    if not points:
        return _world(*_LAND, width)
    latitudes = [latitude for latitude, _ in points]
    south, north = min(latitudes), max(latitudes)
    west, arc = _shortest_arc({longitude % 360 for _, longitude in points})
    return _region(south, north, west, arc, width) or _world(south, north, width)


def _world(south: float, north: float, width: float) -> Frame:
    south = _LAND[0] if south >= _LAND[0] else -_POLE
    north = _LAND[1] if north <= _LAND[1] else _POLE
    return Frame(south, -180, north, 180, width, width * (north - south) / 360, is_region=False)


def _region(south: float, north: float, west: float, arc: float, width: float) -> Frame | None:
    """Return the frame of a region; None if it is so wide that the world is shown.

    Args:
        south: the southernmost latitude.
        north: the northernmost latitude.
        west: the westernmost longitude.
        arc: the degrees of longitude from there to the easternmost one.
        width: the width of the drawing.
    """
    # Of a parallel in the middle, a degree is this much shorter than one of a meridian.
    shrinking = max(cos(radians((south + north) / 2)), 1e-6)
    across = arc * shrinking * (1 + 2 * _MARGIN)
    height = max((north - south) * (1 + 2 * _MARGIN), across / _MAX_SHAPE, _MIN_HEIGHT)
    across = max(across, height * _MIN_SHAPE)
    longitudes = across / shrinking
    if longitudes >= _WORLD_FROM:
        return None
    # At a pole, the frame is moved away from it.
    middle = min(max((south + north) / 2, height / 2 - _POLE), _POLE - height / 2)
    left = (west + arc / 2 - longitudes / 2 + 180) % 360 - 180
    edges = (middle - height / 2, left, middle + height / 2, left + longitudes)
    return Frame(*edges, width, width * height / across, is_region=True)


def _shortest_arc(longitudes: set[float]) -> tuple[float, float]:
    """Return the start and the length of the shortest arc eastward with all longitudes.

    It is the rest of the circle beside the largest gap between two neighbors.
    """
    ordered = sorted(longitudes)
    following = [*ordered[1:], ordered[0] + 360]
    gap, end = max((after - each, after) for each, after in zip(ordered, following, strict=True))
    return end % 360, 360 - gap
