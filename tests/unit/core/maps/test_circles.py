import pytest

from imgmeta.core.maps import circles_of, frame_around
from imgmeta.core.reports import PlaceCount

MUNICH, NUREMBERG = PlaceCount(48.15, 11.55, 90), PlaceCount(49.45, 11.05, 10)
FRAME = frame_around([MUNICH[:2], NUREMBERG[:2]], 960)


def test_area_of_a_circle_grows_with_the_number() -> None:
    first, second = circles_of(FRAME, [NUREMBERG, MUNICH], limit=300)

    assert (first.place, second.place) == (MUNICH, NUREMBERG)
    assert first.radius == pytest.approx(3 * second.radius)


def test_place_with_one_image_has_a_small_circle() -> None:
    (circle,) = circles_of(FRAME, [MUNICH._replace(number=1)], limit=300)

    assert circle.radius == 4


def test_neighbors_share_a_circle_below_the_limit() -> None:
    neighbor = MUNICH._replace(latitude=48.16, longitude=11.56, number=5)

    assert [each.place.number for each in circles_of(FRAME, [MUNICH, neighbor], limit=300)] == [95]


def test_joined_places_are_at_their_center_of_mass() -> None:
    (circle,) = circles_of(FRAME, [MUNICH, NUREMBERG], limit=1)

    x = (90 * FRAME.x(MUNICH.longitude) + 10 * FRAME.x(NUREMBERG.longitude)) / 100
    assert circle.x == pytest.approx(x)
    assert circle.place == MUNICH._replace(number=100)
