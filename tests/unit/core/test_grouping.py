"""Records are counted by one attribute; places are cells of about 10 km."""

from collections import Counter
from datetime import datetime
from math import cos, radians
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imgmeta.core.geography import distance
from imgmeta.core.grouping import GroupedCounts, Grouping, place_of, tally_counts_by
from imgmeta.core.summaries import SummaryCount
from imgmeta.testing.strategies.record_examples import image_record


@pytest.mark.parametrize(
    ("grouping", "attributes", "value"),
    [
        (
            Grouping.CAMERA,
            {"camera_make": "NIKON CORPORATION", "camera_model": "NIKON D70"},
            "NIKON D70",
        ),
        (Grouping.LENS, {"lens_model": "EF50"}, "EF50"),
        (Grouping.FORMAT, {"format": "JPEG"}, "JPEG"),
        (Grouping.MONTH, {"taken_at": datetime(988, 7, 1, 12)}, "0988-07"),  # noqa: DTZ001 - a local time
        (Grouping.DAY, {"taken_at": datetime(2026, 7, 1, 12)}, "2026-07-01"),  # noqa: DTZ001 - as above
        (Grouping.PLACE, {"latitude": 48.137, "longitude": 11.575}, "48.15,11.62"),
    ],
)
def test_records_are_counted_by_value(
    grouping: Grouping, attributes: dict[str, Any], value: str
) -> None:
    records = [
        image_record("1", **attributes),
        image_record("2", **attributes, file_size=None),
        image_record("3", latitude=1.0),
    ]
    counts = tally_counts_by(grouping, map(SummaryCount.of, records))
    assert (counts.total, counts.file_size) == (3, 6)
    assert counts.groups() == {grouping.value.capitalize(): {value: 2}}


def test_nothing_has_no_counts() -> None:
    assert tally_counts_by(Grouping.DAY, []) == GroupedCounts(Grouping.DAY, 0, 0, Counter())


@given(st.floats(-90, 90), st.floats(-180, 180))
@example(90, 180)
@example(-90, -180)
@example(0, 180)
def test_place_is_the_center_of_a_cell_of_about_ten_kilometers(
    latitude: float, longitude: float
) -> None:
    middle, center = map(float, place_of(latitude, longitude).split(","))
    assert -90 < middle < 90
    assert -180 <= center <= 180
    # Half a cell's height, and half the width of a cell at the equator's side of the row.
    width = 11.2 if cos(radians(latitude)) > 0.01 else 40
    assert distance(latitude, longitude, middle, center) <= 0.75 * max(11.2, width)


def test_the_antimeridian_is_one_place() -> None:
    assert place_of(10, 180) == place_of(10, -180)
