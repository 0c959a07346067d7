from imgmeta.core.maps import frame_around, grid_lines, scale_bar


def labels(latitude: float, longitude: float) -> list[str]:
    return [line.label for line in grid_lines(frame_around([(latitude, longitude)], 960))]


def test_lines_of_a_region_name_their_degrees() -> None:
    assert {"48° N", "50° N", "10° E", "12° E"} <= set(labels(48.15, 11.55))


def test_labels_have_the_hemisphere_beyond_the_antimeridian_and_the_equator() -> None:
    assert {"179° E", "180°", "179° W", "1° N", "0°", "1° S"} <= set(labels(0.0, 180.0))


def test_lines_of_the_world_are_30_degrees_apart() -> None:
    lines = grid_lines(frame_around([], 960))

    assert [line.label for line in lines if not line.is_meridian] == [
        *("30° S", "0°", "30° N", "60° N")
    ]


def test_scale_bar_has_a_round_length() -> None:
    assert scale_bar(frame_around([(48.15, 11.55)], 960)).kilometers == 100
