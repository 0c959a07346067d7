from datetime import datetime, timedelta

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.entrypoints.cli.rendering.formatting import (
    display_name,
    file_size,
    number,
    pixels,
    seconds,
    taken,
)
from support.strategies.record_examples import image_record


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.00 kB"),
        (161_713, "162 kB"),
        (999_400, "999 kB"),
        (999_500, "1.00 MB"),
        (48_320_000, "48.3 MB"),
        (3 * 10**9, "3.00 GB"),
        (2**63 - 1, "9.22 EB"),
        (10**22, "10000 EB"),
    ],
)
def test_a_size_has_three_digits_and_a_decimal_unit(size: int, text: str) -> None:
    assert file_size(size) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.8, "2.8"), (50.0, "50"), (1 / 3, "0.333333"), (100, "100")]
)
def test_a_number_has_no_digits_that_say_nothing(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (7_260, "2 h 1 min")],
)
def test_a_duration_is_told_as_people_time_things(duration: float, text: str) -> None:
    assert seconds(timedelta(seconds=duration)) == text


def test_a_file_below_the_working_folder_is_called_by_its_relative_path() -> None:
    location = ObjectLocation("file://", "home/me/photos/beach.jpg")
    assert display_name(location, "home/me/") == "photos/beach.jpg"


def test_a_file_elsewhere_is_called_by_its_absolute_path() -> None:
    location = ObjectLocation("file://", "home/me/photos/beach.jpg")
    assert (
        display_name(location, "home/you/") == display_name(location) == "/home/me/photos/beach.jpg"
    )


def test_an_object_in_a_bucket_is_called_by_its_uri() -> None:
    assert display_name(ObjectLocation("holiday", "beach.jpg"), "b") == "s3://holiday/beach.jpg"


def test_pixels_and_time_are_told_if_the_record_knows_them() -> None:
    record = image_record(display_width=4, display_height=3, taken_at=datetime(2026, 7, 1, 12, 30))  # noqa: DTZ001 - a camera's clock
    assert (pixels(record), taken(record)) == ("4×3", "2026-07-01 12:30")  # noqa: RUF001 - the sign is meant


def test_pixels_and_time_are_empty_if_the_record_does_not_know_them() -> None:
    record = image_record(display_width=4)
    assert (pixels(record), taken(record)) == ("", "")
