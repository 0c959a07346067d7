from datetime import UTC, date, datetime, timedelta, timezone

import pytest

pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from imgmeta.adapters.html import formatting
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.reports import Class, PlaceCount, TimeUnit

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@pytest.mark.parametrize(
    ("bucket", "key", "name"),
    [
        ("file://", "home/a b.jpg", "/home/a b.jpg"),
        ("file://", "home/\u202egpj.jpg", "file:///home/%E2%80%AEgpj.jpg"),
        ("file://", "/double.jpg", "file:////double.jpg"),
        ("holiday", "2026/a b.jpg", "s3://holiday/2026/a b.jpg"),
        ("gs://holiday", "a.jpg", "gs://holiday/a.jpg"),
    ],
)
def test_image_has_its_path_or_its_legible_name(bucket: str, key: str, name: str) -> None:
    assert formatting.shown_name(ObjectLocation(bucket, key)) == name


def test_path_begins_with_its_drive_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formatting, "_ROOT", "")
    assert formatting.shown_name(ObjectLocation("file://", "C:/my/a.jpg")) == "C:/my/a.jpg"


def test_long_name_is_shortened_in_the_middle() -> None:
    name = formatting.shown_name(ObjectLocation("holiday", "a" * 500 + "beach.jpg"))
    assert (len(name), name[:13], name[-12:]) == (200, "s3://holiday/", "aaabeach.jpg")


def test_invisible_characters_of_a_text_are_escaped() -> None:
    assert formatting.shown_text("a\u202eb\x1b<b>") == r"a\u202eb\x1b<b>"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "0%"),
        (0, 5, "0%"),
        (1, 1001, "< 0.1%"),
        (1, 1000, "0.1%"),
        (99, 1000, "9.9%"),
        (995, 10_000, "10%"),
        (1, 1, "100%"),
    ],
)
def test_share_has_two_digits(part: int, whole: int, text: str) -> None:
    assert formatting.percent(part, whole) == text


def test_time_with_a_zone_is_shown_in_utc() -> None:
    moment = datetime(2026, 6, 7, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert formatting.minute(moment) == "Jun 6, 2026, 23:02"
    assert formatting.minute(moment.replace(tzinfo=None)) == "Jun 7, 2026, 01:02"
    assert formatting.minute(datetime(1, 1, 1, tzinfo=UTC)) == "Jan 1, 0001, 00:00"


@pytest.mark.parametrize(
    ("unit", "period", "tick"),
    [
        (TimeUnit.DAY, "Jun 7, 2026", "Jun 7"),
        (TimeUnit.MONTH, "Jun 2026", "Jun 2026"),
        (TimeUnit.YEAR, "2026", "2026"),
    ],
)
def test_period_names_no_more_than_its_unit(unit: TimeUnit, period: str, tick: str) -> None:
    start = date(2026, 6, 7)
    assert (formatting.period(start, unit), formatting.tick(start, unit)) == (period, tick)


def test_period_is_part_of_a_sentence() -> None:
    start = date(2026, 6, 7)
    assert formatting.during(start, TimeUnit.DAY) == "on Jun 7, 2026"
    assert formatting.during(start, TimeUnit.MONTH) == "in Jun 2026"


def test_label_of_new_year_has_the_year() -> None:
    assert formatting.tick(date(2026, 1, 1), TimeUnit.DAY) == "Jan 1, 2026"


@pytest.mark.parametrize(
    ("limit", "labels"),
    [
        (24, [f"{month} {year}" for year in (2025, 2026) for month in MONTHS]),
        (
            8,
            [f"{month} {year}" for year in (2025, 2026) for month in MONTHS[::3]],
        ),
        (2, ["Jan 2025", "Jan 2026"]),
    ],
)
def test_labels_of_an_axis_are_at_even_distances(limit: int, labels: list[str]) -> None:
    months = [date(year, month, 1) for year in (2025, 2026) for month in range(1, 13)]
    assert formatting.ticks(months, TimeUnit.MONTH, limit) == labels


@pytest.mark.parametrize("unit", TimeUnit)
def test_axis_has_no_more_labels_than_fit(unit: TimeUnit) -> None:
    starts = [date(1900 + number, 1, 1) for number in range(60)]
    assert len(formatting.ticks(starts, unit, 3)) <= 3


def test_class_has_both_ends_if_there_are_any() -> None:
    classes = [Class(0, 1, 5), Class(8, 16, 5), Class(64, None, 5)]
    assert [*map(formatting.megapixel_class, classes)] == ["< 1", "8–16", "≥ 64"]  # noqa: RUF001 - the en dash of ranges
    sizes = [Class(0, 100_000, 5), Class(100_000, 3e6, 5), Class(1e8, None, 5)]
    assert [*map(formatting.file_size_class, sizes)] == ["< 0.1", "0.1–3", "≥ 100"]  # noqa: RUF001 - as above


def test_position_names_the_hemispheres() -> None:
    assert formatting.position(PlaceCount(48.15, 11.55, 1)) == "48.15° N, 11.55° E"
    assert formatting.position(PlaceCount(-33.85, -151.2, 1)) == "33.85° S, 151.20° W"
