"""Filters and an order by place: distances on the earth, and boxes of latitude and longitude."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, degrees, isfinite, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from imgmeta.core.summaries import Summarized


__all__ = [
    "EARTH_RADIUS",
    "DistanceFrom",
    "InBox",
    "Near",
    "Rectangle",
    "distance",
    "rectangles_around",
]

EARTH_RADIUS = 6371.0088
"""The mean radius of the earth in kilometers: (2a + b) / 3 of the ellipsoid WGS 84."""

_ANTIMERIDIAN = 180
_POLE = 90

_MARGIN = 1e-9
"""Degrees (0.1 mm) by which a rectangle is larger, since distances are rounded."""


class Rectangle(NamedTuple):
    """An area with `south` <= `north` and `west` <= `east`, in degrees, edges included."""

    south: float
    west: float
    north: float
    east: float


def distance(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Return the distance of two positions along the great circle, in kilometers.

    Uses the haversine formula, which is exact on a sphere for small distances too. The earth's
    flattening makes it wrong by at most 0.6 %.
    """
    north_south = sin(radians(to_latitude - latitude) / 2) ** 2
    east_west = sin(radians(to_longitude - longitude) / 2) ** 2
    product = cos(radians(latitude)) * cos(radians(to_latitude))
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(north_south + product * east_west)))


def rectangles_around(latitude: float, longitude: float, kilometers: float) -> list[Rectangle]:
    """Return one or two rectangles that together contain all positions within a distance.

    A circle that contains a pole has all longitudes. One across the antimeridian has two
    rectangles.
    """
    _check_position(latitude, longitude)
    angle = kilometers / EARTH_RADIUS
    if not isfinite(angle) or angle >= pi:
        return [Rectangle(-90, -180, 90, 180)]
    south = latitude - degrees(angle) - _MARGIN
    north = latitude + degrees(angle) + _MARGIN
    if south <= -_POLE or north >= _POLE:
        return [Rectangle(max(south, -90), -180, min(north, 90), 180)]
    # Where the circle touches a meridian: sin(half width) = sin(radius) / cos(latitude).
    half_width = degrees(asin(min(1.0, sin(angle) / cos(radians(latitude))))) * (1 + _MARGIN)
    west, east = longitude - half_width - _MARGIN, longitude + half_width + _MARGIN
    if west <= -_ANTIMERIDIAN:
        return [Rectangle(south, -180, north, east), Rectangle(south, west + 360, north, 180)]
    if east >= _ANTIMERIDIAN:
        return [Rectangle(south, west, north, 180), Rectangle(south, -180, north, east - 360)]
    return [Rectangle(south, west, north, east)]


@dataclass(frozen=True, slots=True)
class DistanceFrom:
    """The order of images by their distance from a position: see `geography.distance`.

    Raises:
        ValueError: the position is not on the earth.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        _check_position(self.latitude, self.longitude)

    def __str__(self) -> str:
        # Adding 0.0 makes a float of an integer, and 0.0 of -0.0, which are equal positions.
        return f"distance:{self.latitude + 0.0!r},{self.longitude + 0.0!r}"

    def kilometers(self, record: Summarized) -> float | None:
        """Return the distance of `record`; None if it has no position."""
        latitude, longitude = record.latitude, record.longitude
        if latitude is None or longitude is None:
            return None
        return distance(self.latitude, self.longitude, latitude, longitude)


@dataclass(frozen=True, slots=True)
class Near:
    """Images taken at most `kilometers` from a position: see `geography.distance`.

    Raises:
        ValueError: the position is not on the earth, or the distance is negative or infinite.
    """

    latitude: float
    longitude: float
    kilometers: float

    def __post_init__(self) -> None:
        _check_position(self.latitude, self.longitude)
        if not (self.kilometers >= 0 and isfinite(self.kilometers)):
            msg = "a distance is at least 0 kilometers"
            raise ValueError(msg)

    def matches(self, record: Summarized) -> bool:
        """Return whether `record` matches."""
        latitude, longitude = record.latitude, record.longitude
        if latitude is None or longitude is None:
            return False
        found = distance(self.latitude, self.longitude, latitude, longitude)
        return found <= self.kilometers

    @property
    def rectangles(self) -> list[Rectangle]:
        """Rectangles that together contain all matching positions, and others."""
        return rectangles_around(self.latitude, self.longitude, self.kilometers)


@dataclass(frozen=True, slots=True)
class InBox:
    """Images taken within a range of latitudes and longitudes, in degrees, edges included.

    If `west` is greater than `east`, the box crosses the antimeridian. The longitudes -180 and 180
    are the same meridian.

    Raises:
        ValueError: a coordinate is out of its range, or `south` is greater than `north`.
    """

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        _check_position(self.south, self.west)
        _check_position(self.north, self.east)
        if self.south > self.north:
            msg = "the southern edge is not north of the northern edge"
            raise ValueError(msg)

    def matches(self, record: Summarized) -> bool:
        """Return whether `record` matches."""
        latitude, longitude = record.latitude, record.longitude
        return (
            latitude is not None
            and longitude is not None
            and any(
                south <= latitude <= north and west <= longitude <= east
                for south, west, north, east in self.rectangles
            )
        )

    @property
    def rectangles(self) -> list[Rectangle]:
        """Rectangles that together contain exactly the matching positions."""
        south, west, north, east = self.south, self.west, self.north, self.east
        if west > east:
            return [
                Rectangle(south, west, north, _ANTIMERIDIAN),
                Rectangle(south, -_ANTIMERIDIAN, north, east),
            ]
        rectangles = [Rectangle(south, west, north, east)]
        if west == -_ANTIMERIDIAN:
            rectangles.append(Rectangle(south, _ANTIMERIDIAN, north, _ANTIMERIDIAN))
        if east == _ANTIMERIDIAN:
            rectangles.append(Rectangle(south, -_ANTIMERIDIAN, north, -_ANTIMERIDIAN))
        return rectangles


def _check_position(latitude: float, longitude: float) -> None:
    """Check that a position is on the earth.

    Raises:
        ValueError: a coordinate is out of its range, or not a number.
    """
    if not -_POLE <= latitude <= _POLE:
        msg = "a latitude is between -90 and 90 degrees"
        raise ValueError(msg)
    if not -_ANTIMERIDIAN <= longitude <= _ANTIMERIDIAN:
        msg = "a longitude is between -180 and 180 degrees"
        raise ValueError(msg)
