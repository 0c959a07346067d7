"""Write the outline of the world's land that maps are drawn on.

    npm install --no-save world-atlas@2
    python tools/generate_outline.py node_modules/world-atlas/land-110m.json

The source is Natural Earth's land at 1:110,000,000, version 4.1.0, which is in the public domain
(https://www.naturalearthdata.com/about/terms-of-use/), as TopoJSON in the package world-atlas.
`imgmeta.core.maps.outline` describes the file.
"""

import json
import sys
from itertools import accumulate
from pathlib import Path
from typing import Any

from imgmeta.core.maps.outline import UNITS_PER_DEGREE

TARGET = Path(__file__).parent.parent / "src/imgmeta/adapters/html/land.txt"

CIRCLE = 360 * UNITS_PER_DEGREE
SOUTH_POLE = -90 * UNITS_PER_DEGREE

Ring = list[tuple[int, int]]


def rings_of(topology: dict[str, Any]) -> list[Ring]:
    """Return the rings of all polygons in units of the file, without repeated points."""
    arcs = [_positions(arc, topology["transform"]) for arc in topology["arcs"]]
    polygons = [
        polygon
        for geometry in topology["objects"]["land"]["geometries"]
        for polygon in geometry["arcs"]
    ]
    rings = [_ring([_arc(arcs, each) for each in ring]) for polygon in polygons for ring in polygon]
    return [ring for ring in rings if len(ring) > 2]  # noqa: PLR2004 - a triangle


def line_of(ring: Ring) -> str:
    """Return the first point of a ring and the differences of the others as text."""
    before = [(0, 0), *ring[:-1]]
    return " ".join(
        f"{x - last_x} {y - last_y}" for (x, y), (last_x, last_y) in zip(ring, before, strict=True)
    )


def _positions(arc: list[list[int]], transform: dict[str, list[float]]) -> Ring:
    """Return the points of an arc, whose integers are differences: TopoJSON, section 2.1.3."""
    (scale_x, scale_y), (first_x, first_y) = transform["scale"], transform["translate"]
    xs, ys = (accumulate(numbers) for numbers in zip(*arc, strict=True))
    return [
        (
            round((x * scale_x + first_x) * UNITS_PER_DEGREE),
            round((y * scale_y + first_y) * UNITS_PER_DEGREE),
        )
        for x, y in zip(xs, ys, strict=True)
    ]


def _arc(arcs: list[Ring], number: int) -> Ring:
    """Return an arc: TopoJSON, section 2.1.4. A negative number is that of a reversed one."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def _ring(arcs: list[Ring]) -> Ring:
    """Return the points of joined arcs, with longitudes that do not jump at the antimeridian.

    The westernmost one is from -180 to less than 180 degrees. A
    ring around the South Pole, that of Antarctica, is closed along the lower edge of a map.
    """
    points: Ring = []
    for x, y in (point for arc in arcs for point in arc):
        last_x, last_y = points[-1] if points else (x, y)
        near_x = x - round((x - last_x) / CIRCLE) * CIRCLE
        if not points or (near_x, y) != (last_x, last_y):
            points.append((near_x, y))
    shift = (min(points)[0] + CIRCLE // 2) // CIRCLE * CIRCLE
    points = [(x - shift, y) for x, y in points]
    (first_x, first_y), (last_x, last_y) = points[0], points[-1]
    if abs(last_x - first_x) == CIRCLE:
        return [*points, (last_x, SOUTH_POLE), (first_x, SOUTH_POLE)]
    return points[:-1] if (first_x, first_y) == (last_x, last_y) else points


def main() -> None:
    """Convert the file that is the first argument."""
    topology = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    lines = [line_of(ring) for ring in rings_of(topology)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")
    print(f"{len(lines)} rings, {TARGET.stat().st_size:,} bytes: {TARGET}")


if __name__ == "__main__":
    main()
