from datetime import datetime, timedelta

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.entrypoints.cli.rendering import formatting
from imgmeta.entrypoints.cli.rendering.formatting import (
    decimal,
    display_name,
    distance,
    duration,
    file_size,
    pixels,
    taken_at,
)
from imgmeta.testing.strategies.record_examples import image_record


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
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
def test_size_has_three_digits_and_a_decimal_unit(size: int, text: str) -> None:
    assert file_size(size) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.8, "2.8"), (50.0, "50"), (1 / 3, "0.333333"), (100, "100")]
)
def test_number_has_no_trailing_zeros(value: float, text: str) -> None:
    assert decimal(value) == text


@pytest.mark.parametrize(
    ("total", "text"),
    [(0.04, "0.0 s"), (59.9, "59.9 s"), (200, "3 min 20 s"), (7_260, "2 h 1 min")],
)
def test_duration_has_the_two_largest_units(total: float, text: str) -> None:
    assert duration(timedelta(seconds=total)) == text


@pytest.mark.parametrize(
    ("kilometers", "text"),
    [
        (0.0, "0 m"),
        (0.3504, "350 m"),
        (0.9996, "1.0 km"),
        (7.44, "7.4 km"),
        (99.94, "99.9 km"),
        (1234.5, "1,234 km"),
    ],
)
def test_distance_is_in_meters_or_kilometers(kilometers: float, text: str) -> None:
    assert distance(kilometers) == text


def test_file_in_the_working_directory_is_named_by_its_relative_path() -> None:
    location = ObjectLocation("file://", "home/me/photos/beach.jpg")
    assert display_name(location, "home/me/") == "photos/beach.jpg"


def test_file_elsewhere_is_named_by_its_absolute_path() -> None:
    location = ObjectLocation("file://", "home/me/photos/beach.jpg")
    assert (
        display_name(location, "home/you/") == display_name(location) == "/home/me/photos/beach.jpg"
    )


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("home/me/a%20b #1?.jpg", "a%20b #1?.jpg"),
        ("home/me/-a.jpg", "./-a.jpg"),
        ("home/me/", "./"),
        ("home/me/a\n.jpg", "file:///home/me/a%0A.jpg"),
        ("home/me/a\\b.jpg", "file:///home/me/a%5Cb.jpg"),
        ("home/me/\uefff.jpg", "file:///home/me/%FF.jpg"),
        ("home/me/s3://b/a.jpg", "file:///home/me/s3%3A//b/a.jpg"),
        ("home/me/a.jpg?Signature=1", "file:///home/me/a.jpg%3FSignature%3D1"),
        ("home/you/ a.jpg", "/home/you/ a.jpg"),
    ],
)
def test_file_whose_name_is_no_argument_is_named_by_its_uri(key: str, name: str) -> None:
    assert display_name(ObjectLocation("file://", key), "home/me/") == name


def test_object_in_a_bucket_is_named_by_its_uri() -> None:
    assert display_name(ObjectLocation("holiday", "beach.jpg"), "b") == "s3://holiday/beach.jpg"


def test_known_pixels_and_time_are_formatted() -> None:
    record = image_record(display_width=4, display_height=3, taken_at=datetime(2026, 7, 1, 12, 30))  # noqa: DTZ001 - a camera's local time has no time zone
    assert (pixels(record), taken_at(record)) == ("4×3", "2026-07-01 12:30")  # noqa: RUF001 - the multiplication sign is intended


def test_unknown_pixels_and_time_are_empty() -> None:
    record = image_record(display_width=4)
    assert (pixels(record), taken_at(record)) == ("", "")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("C:/Users/me/a b.jpg", "a b.jpg"),
        ("C:/photos/é.jpg", "C:/photos/é.jpg"),
        ("//nas/photos/a b.jpg", "file://nas/photos/a%20b.jpg"),
    ],
)
def test_name_of_a_file_on_windows_has_the_drive(
    monkeypatch: pytest.MonkeyPatch, key: str, name: str
) -> None:
    monkeypatch.setattr(formatting, "_ROOT", "")

    assert display_name(ObjectLocation("file://", key), "C:/Users/me/") == name
