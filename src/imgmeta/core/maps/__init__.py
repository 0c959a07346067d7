"""The geometry of a map of places: its frame, land, grid and circles, without any drawing."""

from imgmeta.core.maps.circles import Circle, circles_of
from imgmeta.core.maps.frame import Frame, frame_around
from imgmeta.core.maps.graticule import GridLine, grid_lines, scale_bar
from imgmeta.core.maps.outline import Point, clipped_rings, parse_outline

__all__ = [
    "Circle",
    "Frame",
    "GridLine",
    "Point",
    "circles_of",
    "clipped_rings",
    "frame_around",
    "grid_lines",
    "parse_outline",
    "scale_bar",
]
