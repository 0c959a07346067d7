"""Distances and boxes are right at the poles and across the antimeridian."""

from math import inf, nan, pi
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.geography import EARTH_RADIUS, InBox, Near, Rectangle, distance, rectangles_around
from imgmeta.testing.strategies.record_examples import image_record

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@pytest.mark.parametrize(
    ("start", "end", "kilometers"),
    [
        ((48.137, 11.575), (48.137, 11.575), 0),
        ((52.5200, 13.4050), (48.1374, 11.5755), 504.2),  # Berlin to Munich
        ((0, 179.9), (0, -179.9), 22.24),
        ((89.9, 0), (89.9, 180), 22.24),
        ((-90, 17), (-90, -100), 0),
        ((90, 0), (-90, 0), pi * EARTH_RADIUS),
        ((0, 0), (0, 180), pi * EARTH_RADIUS),
    ],
)
def test_distance_is_along_the_great_circle(
    start: tuple[float, float], end: tuple[float, float], kilometers: float
) -> None:
    assert distance(*start, *end) == pytest.approx(kilometers, abs=0.1)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_symmetric_and_at_most_half_the_circumference(
    south: float, west: float, north: float, east: float
) -> None:
    there, back = distance(south, west, north, east), distance(north, east, south, west)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= pi * EARTH_RADIUS + 1e-6


@given(latitudes, longitudes, latitudes, longitudes, st.floats(0, 25_000))
@example(89.9, 0, 89.9, 180, 30)
@example(0, 180, 0, -180, 0)
@example(-90, 0, -90, 123, 0)
@example(60, 179, 61, -179.5, 200)
def test_rectangles_contain_every_position_within_the_distance(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float, kilometers: float
) -> None:
    for reach in (kilometers, distance(latitude, longitude, to_latitude, to_longitude)):
        near = Near(latitude, longitude, reach)
        record = image_record(latitude=to_latitude, longitude=to_longitude)
        if near.matches(record):
            assert any(
                south <= to_latitude <= north and west <= to_longitude <= east
                for south, west, north, east in near.rectangles
            )


@given(latitudes, longitudes, st.floats(0, 1e6))
def test_rectangles_are_at_most_two_and_on_the_earth(
    latitude: float, longitude: float, kilometers: float
) -> None:
    rectangles = rectangles_around(latitude, longitude, kilometers)
    assert 1 <= len(rectangles) <= 2
    for south, west, north, east in rectangles:
        assert -90 <= south <= north <= 90
        assert -180 <= west <= east <= 180


def test_small_circle_has_a_small_rectangle() -> None:
    (rectangle,) = rectangles_around(48.137, 11.575, 5)
    assert rectangle == pytest.approx(Rectangle(48.092, 11.5077, 48.182, 11.6423), abs=0.001)
    east, west = rectangles_around(0, 179.99, 5)
    assert (east.east, west.west) == (180, -180)
    west, east = rectangles_around(0, -179.99, 5)
    assert (west.west, east.east) == (-180, 180)


@pytest.mark.parametrize(
    ("box", "position", "inside"),
    [
        ((47, 5, 55, 15), (48, 11), True),
        ((47, 5, 55, 15), (47, 15), True),
        ((47, 5, 55, 15), (46.9, 11), False),
        ((47, 5, 55, 15), (48, 15.1), False),
        ((-20, 170, -10, -170), (-15, 175), True),
        ((-20, 170, -10, -170), (-15, -175), True),
        ((-20, 170, -10, -170), (-15, 180), True),
        ((-20, 170, -10, -170), (-15, 0), False),
        ((-20, -180, -10, -170), (-15, 180), True),
        ((-20, 170, -10, 180), (-15, -180), True),
        ((-90, -180, 90, 180), (90, 0), True),
    ],
)
def test_box_contains_positions_between_its_edges(
    box: tuple[float, float, float, float], position: tuple[float, float], *, inside: bool
) -> None:
    latitude, longitude = position
    record = image_record(latitude=latitude, longitude=longitude)
    assert InBox(*box).matches(record) is inside


@pytest.mark.parametrize(
    "attributes", [{}, {"latitude": 0.0}, {"longitude": 0.0}], ids=["none", "latitude", "longitude"]
)
def test_image_without_a_position_is_nowhere(attributes: dict[str, Any]) -> None:
    record = image_record(**attributes)
    assert not InBox(-90, -180, 90, 180).matches(record)
    assert not Near(0, 0, 30_000).matches(record)


@pytest.mark.parametrize(
    "values", [(91, 0), (-90.1, 0), (nan, 0), (0, 181), (0, -180.1), (0, nan)], ids=str
)
def test_position_that_is_not_on_the_earth_is_refused(values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"a (latitude|longitude) is between"):
        Near(*values, 1)
    with pytest.raises(ValueError, match=r"a (latitude|longitude) is between"):
        InBox(-90, -180, *values)


@pytest.mark.parametrize("kilometers", [-1, nan, inf])
def test_distance_that_is_not_a_length_is_refused(kilometers: float) -> None:
    with pytest.raises(ValueError, match="a distance is at least 0 kilometers"):
        Near(0, 0, kilometers)


def test_box_that_is_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="the southern edge is not north of the northern edge"):
        InBox(2, 0, 1, 0)
