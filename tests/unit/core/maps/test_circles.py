from collections import Counter

import pytest

from imgmeta.core.grouping import place_of
from imgmeta.core.maps import Spot, circles_of, frame_around, spots_of

MUNICH, NUREMBERG = Spot(48.15, 11.55, 90), Spot(49.45, 11.05, 10)
FRAME = frame_around([MUNICH[:2], NUREMBERG[:2]], 960)


def test_counts_by_place_become_spots_with_the_largest_first() -> None:
    counts = Counter({place_of(-33.9, 151.2): 2, place_of(48.14, 11.58): 7})

    assert [spot.number for spot in spots_of(counts)] == [7, 2]
    assert spots_of(counts)[1].latitude == pytest.approx(-33.9, abs=0.1)
    assert spots_of(counts)[1].longitude == pytest.approx(151.2, abs=0.1)


def test_area_of_a_circle_grows_with_the_number() -> None:
    first, second = circles_of(FRAME, [NUREMBERG, MUNICH], limit=300)

    assert (first.spot, second.spot) == (MUNICH, NUREMBERG)
    assert first.radius == pytest.approx(3 * second.radius)


def test_place_with_one_image_has_a_small_circle() -> None:
    (circle,) = circles_of(FRAME, [MUNICH._replace(number=1)], limit=300)

    assert circle.radius == 4


def test_joined_places_are_at_their_center_of_mass() -> None:
    (circle,) = circles_of(FRAME, [MUNICH, NUREMBERG], limit=1)

    x = (90 * FRAME.x(MUNICH.longitude) + 10 * FRAME.x(NUREMBERG.longitude)) / 100
    assert circle.x == pytest.approx(x)
    assert circle.spot == MUNICH._replace(number=100)
