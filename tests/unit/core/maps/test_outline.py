import pytest

from imgmeta.core.maps import Point, clipped_rings, frame_around, parse_outline

SQUARE = "200 100 20 0 0 20 -20 0"


def test_points_are_differences_in_twentieths_of_a_degree() -> None:
    assert parse_outline(SQUARE + "\n0 0 1 0 0 1\n") == [
        [(10, 5), (11, 5), (11, 6), (10, 6)],
        [(0, 0), (0.05, 0), (0.05, 0.05)],
    ]


@pytest.mark.parametrize("place", [(48, 11), (-48, 11), (5, 48), (5, -48)], ids=str)
def test_ring_outside_of_the_frame_is_left_out(place: tuple[float, float]) -> None:
    assert clipped_rings(frame_around([place], 960), parse_outline(SQUARE)) == []


def test_ring_across_the_antimeridian_is_on_both_sides_of_the_world() -> None:
    island = [Point(179, 0), Point(181, 0), Point(180, 2)]
    left, right = sorted(clipped_rings(frame_around([], 960), [island]))

    assert max(x for x, _ in left) < 480 < min(x for x, _ in right)


def test_ring_before_the_antimeridian_is_in_a_frame_across_it() -> None:
    island = [Point(-179, -18), Point(-178, -18), Point(-178, -17)]
    frame = frame_around([(-17.5, 179.0), (-17.5, -178.0)], 960)

    ((corner, *_),) = clipped_rings(frame, [island])
    assert corner.x > frame.x(180)
