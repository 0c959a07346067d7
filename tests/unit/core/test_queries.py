"""A query has a total order, a limit, and cursors that are bound to that order."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.attributes import Label, Moment, Number, Order, Sort
from imgmeta.core.filters import HasStatus, InBucket, TimeBetween
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.queries import Query, UploadRange
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.timestamps import BEGINNING, END
from imgmeta.errors import ConfigurationError
from imgmeta.testing.strategies.queries import SORTS, queried_records
from imgmeta.testing.strategies.record_examples import image_record

JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
UPLOADED = TimeBetween(Moment.UPLOADED, JULY, AUGUST)


@pytest.mark.parametrize(
    ("sort", "attributes"),
    [
        (Number.SIZE, [{"file_size": 1}, {"file_size": 2}, {"file_size": None}]),
        (
            Number.MEGAPIXELS,
            [
                {"display_width": 2, "display_height": 3},
                {"display_width": 7, "display_height": 1},
                {"display_width": 9},
            ],
        ),
        (Label.CAMERA, [{"camera_model": "a"}, {"camera_model": "B"}, {}]),
        (Label.LENS, [{"lens_model": "a"}, {"lens_model": "B"}, {}]),
        (Label.FORMAT, [{"format": "GIF"}, {"format": "jpeg"}, {}]),
        (
            Moment.TAKEN,
            [
                {"taken_at": datetime(1960, 1, 1)},  # noqa: DTZ001 - a local time
                {"taken_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - a local time
                {},
            ],
        ),
        (Moment.TAKEN_UTC, [{"taken_at_utc": JULY}, {"taken_at_utc": AUGUST}, {}]),
        (Moment.UPLOADED, [{"upload_timestamp": -1}, {"upload_timestamp": 1}, {}]),
        (Order.STATUS, [{"status": Status.FAILED}, {"status": Status.PROCESSED}]),
        (Order.ERROR, [{"error": "a"}, {"content_error": "B"}, {}]),
        (
            Order.ORIENTATION,
            [
                {"display_width": 2, "display_height": 1},
                {"display_width": 1, "display_height": 2},
                {"display_width": 1, "display_height": 1},
                {"display_width": 1},
            ],
        ),
        (Order.COMPLETE, [{"complete": False}, {"complete": True}, {}]),
        (Order.LATITUDE, [{"latitude": -1.5}, {"latitude": 1.0}, {}]),
        (Order.LONGITUDE, [{"longitude": -1.5}, {"longitude": 1.0}, {}]),
        (
            DistanceFrom(0, 180),
            [
                {"latitude": 0.0, "longitude": -179.0},
                {"latitude": 0.0, "longitude": 178.0},
                {"latitude": 0.0},
            ],
        ),
    ],
)
def test_records_are_ordered_by_value_with_unknown_values_last(
    sort: Sort, attributes: list[dict[str, Any]]
) -> None:
    records = [image_record(f"{9 - at}.jpg", **each) for at, each in enumerate(attributes)]
    known = len(attributes) - (sort is not Order.STATUS)
    ascending = Query(sort=sort).select(reversed(records))
    descending = Query(sort=sort, descending=True).select(records)
    assert ascending == records
    assert descending == [*reversed(records[:known]), *records[known:]]


def test_equal_values_are_ordered_by_bucket_and_key_in_the_same_direction() -> None:
    records = [
        image_record("b", bucket_name="A"),
        image_record("\uffff", bucket_name="B"),
        image_record("\U00010000", bucket_name="B"),
    ]
    for sort in (Number.SIZE, Number.ISO, Order.KEY):
        query = Query(sort=sort)
        assert query.select(reversed(records)) == records
        assert replace(query, descending=True).select(records) == records[::-1]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        (Query(), Order.KEY),
        (Query((InBucket("b"),)), Order.KEY),
        (Query((UPLOADED,)), Moment.UPLOADED),
        (Query((UPLOADED, InBucket("b"))), Order.KEY),
        (Query((UPLOADED,), Number.SIZE), Number.SIZE),
        (Query((UPLOADED,)).where(InBucket("b")), Order.KEY),
        (Query().where(UPLOADED), Moment.UPLOADED),
    ],
)
def test_default_order_is_by_upload_time_if_only_that_is_limited(query: Query, order: Sort) -> None:
    assert query.order is order


def test_cursor_of_a_distance_belongs_to_its_position() -> None:
    record = image_record(latitude=1.0, longitude=2.0)
    cursor = Query(sort=DistanceFrom(0, -0.0)).cursor(record)
    assert Query(sort=DistanceFrom(-0.0, 0), after=cursor).start is not None
    for sort in (DistanceFrom(0, 1), Order.LATITUDE):
        with pytest.raises(ConfigurationError, match="another sort order"):
            Query(sort=sort, after=cursor)


def test_distance_is_measured_from_a_position_on_the_earth() -> None:
    with pytest.raises(ValueError, match="latitude"):
        DistanceFrom(91, 0)


def test_limit_keeps_the_first_records() -> None:
    records = [image_record(f"{size}", file_size=size) for size in range(5)]
    query = Query(sort=Number.SIZE, limit=2)
    assert query.select(records) == records[:2]
    assert replace(query, descending=True).select(records) == records[:2:-1]
    assert replace(query, limit=0).select(records) == []
    assert replace(query, limit=2**80).select(records) == records


def test_negative_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="a limit is at least 0"):
        Query(limit=-1)


@given(queried_records(), st.sampled_from(SORTS), st.booleans())
def test_cursor_continues_just_after_its_record(
    record: ImageRecord,
    sort: Sort,
    descending: bool,  # noqa: FBT001 - drawn
) -> None:
    query = Query((HasStatus(record.status),), sort, descending)
    following = replace(query, after=query.cursor(record))
    assert following.start == query.position(record)
    assert query.finds(record)
    assert not following.finds(record)
    assert following.matches(record)


def test_cursor_of_another_order_is_refused() -> None:
    cursor = Query(sort=Number.SIZE).cursor(image_record())
    for other in (Query(sort=Number.ISO), Query(sort=Number.SIZE, descending=True)):
        with pytest.raises(ConfigurationError, match="the cursor belongs to another sort order"):
            replace(other, after=cursor)


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "\N{SNOWMAN}",
        "a b",
        "=",
        "A" * 300_000,
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        encoded([]),
        encoded({}),
        encoded([2, "size", 1, "b", "k"]),
        encoded([1, "size", 1, "b"]),
        encoded([1, "size", "1", "b", "k"]),
        encoded([1, "size", True, "b", "k"]),
        encoded([1, "size", [], "b", "k"]),
        encoded([1, "size", 2**63, "b", "k"]),
        encoded([1, "size", float("nan"), "b", "k"]),
        encoded([1, "size", 1, "b", "\ud800"]),
        encoded([1, "size", 1, 2, "k"]),
        "W" * 100_000,
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
    ],
    ids=range(20),
)
def test_text_that_is_not_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid cursor: use one that an earlier query"):
        Query(sort=Number.SIZE, after=cursor)


@pytest.mark.parametrize("value", [1, "\ud800"])
def test_cursor_with_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="invalid cursor"):
        Query(sort=Label.LENS, after=encoded([1, "lens", value, "b", "k"]))


def test_access_path_is_derived_from_the_filters_that_must_hold() -> None:
    query = Query((InBucket("b", "a"), InBucket("b", "a/b"), InBucket("c", "a/b/c"), UPLOADED))
    assert query.location == InBucket("b", "a/b")
    assert query.upload_range == UploadRange(JULY, AUGUST)
    assert Query().location is None
    assert Query().upload_range is None
    one_sided = (TimeBetween(Moment.UPLOADED, JULY), TimeBetween(Moment.UPLOADED, until=AUGUST))
    assert Query(one_sided).upload_range == UploadRange(JULY, AUGUST)
    assert Query((TimeBetween(Moment.UPLOADED),)).upload_range == UploadRange(BEGINNING, END)


@pytest.mark.parametrize(("limit", "number"), [(None, 3), (0, 0), (2, 2), (2**80, 3)])
def test_found_records_are_cut_at_the_limit(limit: int | None, number: int) -> None:
    found = iter("abc")
    assert len(list(Query(limit=limit).limited(found))) == number
    assert len(list(found)) == 3 - number
