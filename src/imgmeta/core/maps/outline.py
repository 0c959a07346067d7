"""The outline of the world's land: its file format, and the part of it in a frame."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.maps.frame import Frame

__all__ = ["UNITS_PER_DEGREE", "Point", "clipped_rings", "parse_outline"]

UNITS_PER_DEGREE = 20
"""The resolution of the file: its integers are multiples of 0.05 degrees (5.6 km)."""


class Point(NamedTuple):
    """A longitude and a latitude in degrees, or a place in a drawing."""

    x: float
    y: float


Ring = list[Point]
"""The corners of a closed line. The last one is connected with the first one."""


def parse_outline(text: str) -> list[Ring]:
    """Return the rings in a file that `tools/generate_outline.py` wrote.

    Each line is a ring: longitude and latitude of its first point, and the differences of each
    other point from the one before, as integers. Longitudes do not jump at the antimeridian, so
    that some are greater than 180 degrees. Rings in rings are lakes.
    """
    return [_ring([int(number) for number in line.split()]) for line in text.splitlines()]


def clipped_rings(frame: Frame, rings: Iterable[Ring]) -> list[Ring]:
    """Return the parts of rings inside a frame, in units of its drawing.

    Rings across the antimeridian appear on both sides of it.
    """
    scale_x = frame.width / (frame.east - frame.west)
    scale_y = frame.height / (frame.north - frame.south)
    projected = (
        [Point((x + shift - frame.west) * scale_x, (frame.north - y) * scale_y) for x, y in ring]
        for ring in rings
        for shift in _shifts(frame, ring)
    )
    clipped = (_clip(ring, frame.width, frame.height) for ring in projected)
    return [ring for ring in clipped if len(ring) > 2]  # noqa: PLR2004 - a triangle


def _shifts(frame: Frame, ring: Ring) -> list[int]:
    """Return the shifts, in degrees of longitude, by which a ring may be in a frame."""
    west, east = min(x for x, _ in ring), max(x for x, _ in ring)
    return [
        shift
        for shift in (-360, 0, 360)
        if west + shift <= frame.east and east + shift >= frame.west
    ]


def _ring(numbers: list[int]) -> Ring:
    xs, ys = accumulate(numbers[::2]), accumulate(numbers[1::2])
    return [Point(x / UNITS_PER_DEGREE, y / UNITS_PER_DEGREE) for x, y in zip(xs, ys, strict=True)]


def _clip(ring: Ring, width: float, height: float) -> Ring:
    """Return the part of a ring in a rectangle from (0, 0): the algorithm of Sutherland-Hodgman."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        if not ring:
            break
        kept: Ring = []
        for start, end in pairwise((ring[-1], *ring)):
            is_inside = sign * (end[axis] - limit) >= 0
            if is_inside != (sign * (start[axis] - limit) >= 0):
                kept.append(_crossing(start, end, axis, limit))
            if is_inside:
                kept.append(end)
        ring = kept
    return ring


def _crossing(start: Point, end: Point, axis: int, limit: float) -> Point:
    """Return the point between two others whose coordinate on one axis is `limit`."""
    part = (limit - start[axis]) / (end[axis] - start[axis])
    other = start[1 - axis] + part * (end[1 - axis] - start[1 - axis])
    return Point(limit, other) if axis == 0 else Point(other, limit)
