"""Laws of the geometry of maps, for any places."""

from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.geography import distance
from imgmeta.core.maps import (
    Circle,
    Point,
    circles_of,
    clipped_rings,
    frame_around,
    grid_lines,
    scale_bar,
)
from imgmeta.core.maps.circles import MAX_RADIUS, MIN_RADIUS
from imgmeta.core.reports import PlaceCount

LATITUDES = st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 90.0])
LONGITUDES = st.floats(-180, 180) | st.sampled_from([-180.0, -179.9, 0.0, 179.9, 180.0])
POSITIONS = st.tuples(LATITUDES, LONGITUDES)
PLACES = st.lists(st.builds(PlaceCount, LATITUDES, LONGITUDES, st.integers(1, 10**9)), max_size=40)
NEAR = st.builds(
    lambda latitude, longitude, offsets: [
        (min(90.0, max(-90.0, latitude + north)), (longitude + east + 180) % 360 - 180)
        for north, east in offsets
    ],
    LATITUDES,
    LONGITUDES,
    st.lists(st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=1, max_size=10),
)
RINGS = st.lists(
    st.lists(st.builds(Point, st.floats(-180, 540), st.floats(-90, 90)), min_size=3, max_size=8),
    max_size=5,
)
ROUNDING = 1e-6
WIDTH = 960.0


def positions_of(places: list[PlaceCount]) -> list[tuple[float, float]]:
    return [(place.latitude, place.longitude) for place in places]


@given(st.lists(POSITIONS) | NEAR)
def test_frame_contains_every_position(positions: list[tuple[float, float]]) -> None:
    frame = frame_around(positions, WIDTH)

    assert -90 - ROUNDING <= frame.south < frame.north <= 90 + ROUNDING
    assert -180 <= frame.west < 180
    assert 0 < frame.east - frame.west <= 360
    for latitude, longitude in positions:
        assert -ROUNDING <= frame.y(latitude) <= frame.height + ROUNDING
        assert -ROUNDING <= frame.x(longitude) <= frame.width + ROUNDING


@given(NEAR, st.floats(-180, 180))
def test_antimeridian_is_a_meridian_like_any_other(
    positions: list[tuple[float, float]], turn: float
) -> None:
    turned = [(latitude, (longitude + turn + 180) % 360 - 180) for latitude, longitude in positions]
    before, after = frame_around(positions, WIDTH), frame_around(turned, WIDTH)

    assert abs((before.east - before.west) - (after.east - after.west)) < ROUNDING
    assert abs(before.height - after.height) < ROUNDING


@given(NEAR)
def test_region_has_a_moderate_shape(positions: list[tuple[float, float]]) -> None:
    frame = frame_around(positions, WIDTH)

    assert 1.5 <= frame.width / frame.height <= 2.7


@given(PLACES, st.integers(1, 30))
def test_circles_are_limited_and_count_every_image(places: list[PlaceCount], limit: int) -> None:
    frame = frame_around(positions_of(places), WIDTH)
    circles = circles_of(frame, places, limit=limit)

    assert len(circles) <= limit
    assert sum(circle.place.number for circle in circles) == sum(place.number for place in places)
    assert set(positions_of([each.place for each in circles])) <= set(positions_of(places))
    for circle in circles:
        assert circle.radius <= circle.x <= frame.width - circle.radius
        assert circle.radius <= circle.y <= frame.height - circle.radius
        assert MIN_RADIUS <= circle.radius <= MAX_RADIUS


@given(PLACES)
def test_circle_of_more_images_is_not_smaller(places: list[PlaceCount]) -> None:
    circles = circles_of(frame_around(positions_of(places), WIDTH), places, limit=300)
    radii = [circle.radius for circle in circles]
    numbers = [circle.place.number for circle in circles]

    assert radii == sorted(radii, reverse=True)
    assert numbers == sorted(numbers, reverse=True)


@given(PLACES)
def test_order_of_the_places_does_not_matter(places: list[PlaceCount]) -> None:
    frame = frame_around(positions_of(places), WIDTH)
    turned = places[::-1]

    def rounded(circles: list[Circle]) -> list[tuple[float, ...]]:
        return sorted((round(c.x, 6), round(c.y, 6), round(c.radius, 6)) for c in circles)

    assert rounded(circles_of(frame, places, limit=20)) == rounded(
        circles_of(frame, turned, limit=20)
    )


@given(st.lists(POSITIONS) | NEAR, st.sampled_from([320.0, 960.0]))
@example([(76.0, 0.0)], 320.0)
def test_grid_lines_are_few_and_inside(positions: list[tuple[float, float]], width: float) -> None:
    frame = frame_around(positions, width)
    lines = grid_lines(frame)

    meridians = [line.place for line in lines if line.is_meridian]
    parallels = [line.place for line in lines if not line.is_meridian]
    assert 1 <= len(meridians) <= width / 50
    assert 1 <= len(parallels) <= 20
    assert all(-ROUNDING <= place <= frame.width + ROUNDING for place in meridians)
    assert all(-ROUNDING <= place <= frame.height + ROUNDING for place in parallels)


@given(NEAR)
def test_scale_bar_is_as_long_as_its_distance(positions: list[tuple[float, float]]) -> None:
    frame = frame_around(positions, WIDTH)
    bar = scale_bar(frame)

    assert 0 < bar.length <= frame.width / 4 + ROUNDING
    degrees = bar.length / frame.width * (frame.east - frame.west)
    # Short parts of a parallel are great circles almost.
    part = distance(frame.middle, 0, frame.middle, degrees / 1000) * 1000
    assert abs(part - bar.kilometers) <= bar.kilometers * 0.001


@given(st.lists(POSITIONS) | NEAR, RINGS)
def test_clipped_rings_are_inside_the_drawing(
    positions: list[tuple[float, float]], rings: list[list[Point]]
) -> None:
    frame = frame_around(positions, WIDTH)

    for ring in clipped_rings(frame, rings):
        assert len(ring) >= 3
        for x, y in ring:
            assert -ROUNDING <= x <= frame.width + ROUNDING
            assert -ROUNDING <= y <= frame.height + ROUNDING


@given(NEAR)
def test_land_that_surrounds_the_frame_covers_it(positions: list[tuple[float, float]]) -> None:
    frame = frame_around(positions, WIDTH)
    world = [Point(-180, -90), Point(180, -90), Point(180, 90), Point(-180, 90)]

    covered = sum(_area(ring) for ring in clipped_rings(frame, [world]))
    assert abs(covered - frame.width * frame.height) <= ROUNDING * frame.width * frame.height


def _area(ring: list[Point]) -> float:
    following = [*ring[1:], ring[0]]
    pairs = zip(ring, following, strict=True)
    return abs(sum(one.x * other.y - other.x * one.y for one, other in pairs)) / 2
