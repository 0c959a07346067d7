"""Meridians, parallels and a scale bar, which show the position and the size of a frame."""

from __future__ import annotations

from math import ceil, cos, floor, log10, radians
from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.geography import EARTH_RADIUS

if TYPE_CHECKING:
    from imgmeta.core.maps.frame import Frame

__all__ = ["GridLine", "ScaleBar", "grid_lines", "scale_bar"]

_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60)
"""Possible distances of two lines in degrees."""

_MIN_DISTANCE = 64.0
"""The distance of two meridians, in units of the drawing, between which a label fits."""

_KILOMETERS_PER_DEGREE = radians(EARTH_RADIUS)

_MAX_BAR = 0.25
"""The maximum length of the scale bar, as a fraction of the width."""


class GridLine(NamedTuple):
    """A meridian or a parallel.

    Attributes:
        is_meridian: whether it is vertical.
        place: its distance from the left edge of the drawing, or from the upper one.
        label: its longitude or latitude: `10° E`.
    """

    is_meridian: bool
    place: float
    label: str


class ScaleBar(NamedTuple):
    """A line that is as long as a round distance in the middle of the map.

    Attributes:
        length: its length in units of the drawing.
        kilometers: the distance.
    """

    length: float
    kilometers: float


def grid_lines(frame: Frame) -> list[GridLine]:
    """Return the meridians and parallels inside a frame.

    Their distances in degrees are equal, unless no parallel would be inside: near a pole, a low
    frame has many meridians. Then the parallels are closer.
    """
    narrowest = _MIN_DISTANCE / frame.width * (frame.east - frame.west)
    step = next((each for each in _STEPS if each >= narrowest), _STEPS[-1])
    meridians = [
        GridLine(is_meridian=True, place=frame.x(each), label=_label(_wrapped(each), "E", "W"))
        for each in _multiples(frame.west, frame.east, step)
    ]
    parallels = [
        GridLine(is_meridian=False, place=frame.y(each), label=_label(each, "N", "S"))
        for each in _parallels(frame, step)
    ]
    return meridians + parallels


def scale_bar(frame: Frame) -> ScaleBar:
    """Return the longest bar of 1, 2 or 5 times a power of ten kilometers that fits."""
    shrinking = cos(radians(frame.middle))
    across = (frame.east - frame.west) * shrinking * _KILOMETERS_PER_DEGREE
    power = 10.0 ** floor(log10(across * _MAX_BAR))
    kilometers = max(each * power for each in (1, 2, 5) if each * power <= across * _MAX_BAR)
    return ScaleBar(kilometers / across * frame.width, kilometers)


def _parallels(frame: Frame, step: float) -> list[float]:
    """Return the latitudes inside a frame at a distance of `step`; closer ones if there is none."""
    steps = (each for each in reversed(_STEPS) if each <= step)
    found = (_multiples(frame.south, frame.north, each) for each in steps)
    return next(filter(None, found), list[float]())


def _multiples(start: float, end: float, step: float) -> list[float]:
    """Return the multiples of `step` between two limits, without the limits themselves."""
    numbers = range(floor(start / step) + 1, ceil(end / step))
    return [number * step for number in numbers]


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def _label(degrees: float, positive: str, negative: str) -> str:
    if abs(degrees) in {0, 180}:
        return f"{abs(degrees):g}°"
    return f"{abs(degrees):g}° {positive if degrees > 0 else negative}"
