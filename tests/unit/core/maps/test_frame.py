import pytest

from imgmeta.core.maps import frame_around


def test_map_without_places_shows_the_world_without_antarctica() -> None:
    frame = frame_around([], 960)

    assert (frame.south, frame.west, frame.north, frame.east) == (-60, -180, 85, 180)
    assert not frame.is_region


def test_map_of_antarctica_and_the_arctic_reaches_both_poles() -> None:
    frame = frame_around([(-77.8, 166.7), (89.0, 0.0)], 960)

    assert (frame.south, frame.north) == (-90, 90)
    assert frame.height == frame.width / 2


def test_one_place_is_in_the_middle_of_a_region() -> None:
    frame = frame_around([(48.15, 11.55)], 960)

    assert frame.is_region
    assert frame.north - frame.south == pytest.approx(4)
    assert frame.x(11.55) == pytest.approx(frame.width / 2)
    assert frame.y(48.15) == pytest.approx(frame.height / 2)


def test_places_are_on_both_sides_of_the_middle_of_a_region() -> None:
    frame = frame_around([(45.0, 0.0), (50.0, 30.0)], 960)

    assert frame.is_region
    assert frame.x(0) + frame.x(30) == pytest.approx(frame.width)
    assert frame.y(45) + frame.y(50) == pytest.approx(frame.height)


def test_places_on_both_sides_of_the_antimeridian_are_neighbors() -> None:
    frame = frame_around([(-17.5, 178.5), (-18.0, -179.2)], 960)

    assert frame.is_region
    assert frame.west < 178.5
    assert frame.east > 180.8
    assert frame.x(-179.2) - frame.x(178.5) < frame.width / 2


def test_meridians_180_and_minus_180_are_one_place() -> None:
    frame = frame_around([(10.0, 180.0), (10.0, -180.0)], 960)

    assert frame.is_region
    assert frame.x(180) == pytest.approx(frame.x(-180)) == pytest.approx(frame.width / 2)


def test_places_on_several_continents_show_the_world() -> None:
    assert not frame_around([(48.0, 11.0), (40.7, -74.0), (-33.9, 151.2)], 960).is_region


def test_region_is_moved_away_from_a_pole() -> None:
    frame = frame_around([(78.2, 15.6), (82.5, 16.0)], 960)

    assert frame.is_region
    assert frame.north <= 90


def test_scales_along_both_axes_are_equal_in_the_middle_of_a_region() -> None:
    frame = frame_around([(60.0, 10.0)], 960)
    per_degree_north = frame.y(59.0) - frame.y(60.0)
    per_degree_east = frame.x(11.0) - frame.x(10.0)

    # cos(60°) is 1/2.
    assert per_degree_east / per_degree_north == pytest.approx(0.5, abs=0.001)
