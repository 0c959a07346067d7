"""The outline of the land that maps are drawn on, and the tool that wrote it."""

from itertools import pairwise
from pathlib import Path

import pytest
from generate_outline import line_of, rings_of

from imgmeta.core.maps import parse_outline

OUTLINE = Path(__file__).parents[2] / "src/imgmeta/adapters/html/land.txt"


def is_land(latitude: float, longitude: float) -> bool:
    """Return whether a line westward from a position crosses the outline an odd number of times."""
    crossings = 0
    for ring in parse_outline(OUTLINE.read_text(encoding="ascii")):
        for shift in (-360, 0):
            for start, end in pairwise([ring[-1], *ring]):
                if (start.y > latitude) == (end.y > latitude):
                    continue
                part = (latitude - start.y) / (end.y - start.y)
                crossings += start.x + part * (end.x - start.x) + shift < longitude
    return crossings % 2 == 1


@pytest.mark.parametrize(
    ("latitude", "longitude", "land"),
    [
        (48.1, 11.6, True),
        (39.0, -98.0, True),
        (-25.0, 134.0, True),
        (-15.0, -55.0, True),
        (66.5, -175.0, True),  # Chukotka, east of the antimeridian
        (66.5, 175.0, True),
        (-89.0, 0.0, True),
        (0.0, -140.0, False),
        (42.0, 50.5, False),  # the Caspian Sea, a lake
        (40.0, -40.0, False),
        (88.0, 0.0, False),
    ],
)
def test_outline_separates_land_and_water(latitude: float, longitude: float, land: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_land(latitude, longitude) is land


def test_outline_is_small() -> None:
    assert OUTLINE.stat().st_size <= 40_000


def test_joined_arcs_lose_their_common_points() -> None:
    topology = {
        "transform": {"scale": [1, 1], "translate": [-10, 0]},
        # The second arc is used in reverse: from (12, 0) over (12, 2) to (10, 2).
        "arcs": [[[20, 2], [0, -2], [2, 0]], [[20, 2], [2, 0], [0, -2]]],
        "objects": {"land": {"geometries": [{"arcs": [[[0, ~1]]]}]}},
    }

    (ring,) = rings_of(topology)
    assert line_of(ring) == "200 40 0 -40 40 0 0 40"


def test_ring_across_the_antimeridian_does_not_jump() -> None:
    topology = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [[[-179, 0], [358, 0], [0, 2], [-358, 0], [0, -2]]],
        "objects": {"land": {"geometries": [{"arcs": [[[0]]]}]}},
    }

    (ring,) = rings_of(topology)
    assert ring == [(3620, 0), (3580, 0), (3580, 40), (3620, 40)]
