"""Filters match by known values only, and their negation is the plain complement."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Presence, Shape
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.queries import filters, queried_records
from imgmeta.testing.strategies.record_examples import image_record

JULY = datetime(2026, 7, 1)  # noqa: DTZ001 - a local time
JULY_UTC = JULY.replace(tzinfo=UTC)
SECOND = int(JULY_UTC.timestamp())
MAXIMUM = datetime(2026, 7, 1, 0, 0, 0, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("each", "attributes", "expected"),
    [
        (f.InBucket("holiday"), {}, True),
        (f.InBucket("holiday", "2026/"), {}, True),
        (f.InBucket("holiday", "b"), {}, False),
        (f.InBucket("Holiday"), {}, False),
        (f.KeyGlob("2026/*.jpg"), {}, True),
        (f.KeyGlob("*.JPG"), {}, False),
        (f.HasStatus(Status.PROCESSED), {}, True),
        (f.HasStatus(Status.FAILED), {}, False),
        (f.Incomplete(), {"complete": False}, True),
        (f.Incomplete(), {"complete": True}, False),
        (f.Incomplete(), {}, False),
        (f.ErrorContains("TRUNC"), {"error": "Truncated"}, True),
        (f.ErrorContains("kms"), {"content_error": "a KMS key"}, True),
        (f.ErrorContains("STRASSE"), {"error": "stra\N{LATIN SMALL LETTER SHARP S}e"}, True),
        (f.ErrorContains(), {"error": "x"}, True),
        (f.ErrorContains(), {}, False),
        (f.ReaderBefore(2), {"reader_version": 1}, True),
        (f.ReaderBefore(2), {"reader_version": 2}, False),
        (f.ReaderBefore(2), {"reader_version": None}, True),
        (f.NumberBetween(Number.SIZE, 3, 3), {"file_size": 3}, True),
        (f.NumberBetween(Number.SIZE, 4), {"file_size": 3}, False),
        (f.NumberBetween(Number.SIZE, None, 2), {"file_size": 3}, False),
        (f.NumberBetween(Number.SIZE), {"file_size": None}, False),
        (f.NumberBetween(Number.WIDTH, 4), {"display_width": 4, "width": 3}, True),
        (f.NumberBetween(Number.HEIGHT, 4), {"display_height": 3, "height": 4}, False),
        (f.NumberBetween(Number.ISO, 100, 400), {"iso": 400}, True),
        (f.NumberBetween(Number.FOCAL, 35.5), {"focal_length": 35.5}, True),
        (
            f.NumberBetween(Number.MEGAPIXELS, 24, 24),
            {"display_width": 6000, "display_height": 4000},
            True,
        ),
        (f.NumberBetween(Number.MEGAPIXELS, 0), {"display_width": 6000}, False),
        (f.NumberBetween(Number.MEGAPIXELS, 0), {"display_height": 6000}, False),
        (f.TimeBetween(Moment.TAKEN, JULY), {"taken_at": JULY}, True),
        (f.TimeBetween(Moment.TAKEN, None, JULY), {"taken_at": JULY}, False),
        (f.TimeBetween(Moment.TAKEN, JULY), {"taken_at_utc": JULY_UTC}, False),
        (f.TimeBetween(Moment.TAKEN_UTC, JULY_UTC), {"taken_at_utc": JULY_UTC}, True),
        (f.TimeBetween(Moment.TAKEN_UTC, None, JULY_UTC), {"taken_at_utc": JULY_UTC}, False),
        (f.TimeBetween(Moment.UPLOADED, JULY_UTC), {"upload_timestamp": SECOND}, True),
        (f.TimeBetween(Moment.UPLOADED, MAXIMUM), {"upload_timestamp": SECOND}, False),
        (f.TimeBetween(Moment.UPLOADED, None, MAXIMUM), {"upload_timestamp": SECOND}, True),
        (f.TimeBetween(Moment.UPLOADED, None, JULY_UTC), {"upload_timestamp": SECOND}, False),
        (f.TimeBetween(Moment.UPLOADED), {}, False),
        (f.TimeBetween(Moment.UPLOADED), {"upload_timestamp": 2**60}, False),
        (f.TimeBetween(Moment.UPLOADED), {"upload_timestamp": -(2**60)}, False),
        (
            f.TimeBetween(Moment.UPLOADED),
            {"upload_timestamp": SECOND, "status": Status.DELETED},
            False,
        ),
        (
            f.Contains(Label.CAMERA, "canon eos"),
            {"camera_make": "CANON", "camera_model": "EOS 5D"},
            True,
        ),
        (f.Contains(Label.CAMERA, "5d"), {"camera_model": "Canon EOS 5D"}, True),
        (f.Contains(Label.CAMERA, ""), {}, False),
        (f.Contains(Label.CAMERA, ""), {"camera_make": "Canon"}, True),
        (f.Contains(Label.LENS, "EF50"), {"lens_model": "ef50mm f/1.8"}, True),
        (f.Contains(Label.FORMAT, "jp"), {"format": "JPEG"}, True),
        (f.Has(Presence.LOCATION), {"latitude": 1.0, "longitude": 1.0}, True),
        (f.Has(Presence.LOCATION), {"latitude": 1.0}, False),
        (f.Has(Presence.LOCATION), {"longitude": 1.0}, False),
        (f.Has(Presence.DATE), {"taken_at": JULY}, True),
        (f.Has(Presence.DATE), {}, False),
        (f.Has(Presence.CAMERA), {"camera_model": "x"}, True),
        (f.Has(Presence.CAMERA), {}, False),
        (f.HasShape(Shape.PORTRAIT), {"display_width": 2, "display_height": 3}, True),
        (f.HasShape(Shape.LANDSCAPE), {"display_width": 3, "display_height": 2}, True),
        (f.HasShape(Shape.SQUARE), {"display_width": 2, "display_height": 2}, True),
        (f.HasShape(Shape.SQUARE), {"display_width": 2}, False),
        (f.HasShape(Shape.PORTRAIT), {"display_height": 2}, False),
        (f.Not(f.Has(Presence.DATE)), {}, True),
        (f.Not(f.Contains(Label.CAMERA, "canon")), {}, True),
    ],
)
def test_filter_matches_by_the_attributes(
    each: f.Filter, attributes: dict[str, Any], *, expected: bool
) -> None:
    assert each.matches(image_record("2026/a.jpg", **attributes)) is expected


@given(filters, queried_records())
def test_negated_filter_matches_exactly_the_other_records(
    each: f.Filter, record: ImageRecord
) -> None:
    assert f.Not(each).matches(record) is not each.matches(record)


@pytest.mark.parametrize("moment", [Moment.TAKEN, Moment.TAKEN_UTC, Moment.UPLOADED])
def test_limit_of_a_time_has_a_time_zone_unless_the_time_is_local(moment: Moment) -> None:
    wrong = JULY_UTC if moment is Moment.TAKEN else JULY
    expected = "no time zone" if moment is Moment.TAKEN else "a time zone"
    with pytest.raises(ValueError, match=f"a limit of {moment} has {expected}"):
        f.TimeBetween(moment, until=wrong)


def test_limit_of_a_number_is_not_nan() -> None:
    with pytest.raises(ValueError, match="a limit is a number"):
        f.NumberBetween(Number.ISO, maximum=float("nan"))


def test_invalid_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="a pattern has"):
        f.KeyGlob("")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], False),
        ([f.HasStatus(Status.DELETED)], True),
        ([f.Not(f.HasStatus(Status.PROCESSED))], False),
        ([f.Not(f.Not(f.HasStatus(Status.DELETED)))], False),
    ],
)
def test_tombstone_matches_only_if_its_status_is_asked_for(
    wanted: list[f.Filter], *, found: bool
) -> None:
    assert Query(tuple(wanted)).matches(image_record(status=Status.DELETED)) is found
