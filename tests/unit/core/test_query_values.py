"""Names and values become the filters and the order of a query, or one printable message."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Order, Presence
from imgmeta.core.filter_values import FILTER_NAMES
from imgmeta.core.queries import Query
from imgmeta.core.query_values import parse_query
from imgmeta.core.targets import Target
from imgmeta.errors import ConfigurationError
from imgmeta.testing.strategies.record_examples import image_record

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def parsed(*values: tuple[str, str]) -> tuple[f.Filter, ...]:
    return parse_query(values, now=NOW).filters


def message(*values: tuple[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parsed(*values)
    return str(caught.value)


def test_names_are_those_of_options_or_of_parameters() -> None:
    expected = (f.NumberBetween(Number.SIZE, 5), f.Not(f.Has(Presence.DATE)))
    assert parsed(("--min-size", "5"), ("--without", "date")) == expected
    assert parsed(("min_size", "5"), ("without", "date")) == expected
    assert parsed() == ()


def test_distance_belongs_to_each_position() -> None:
    near = f.Near(1, 2, 5)
    assert parsed(("within", "5km"), ("near", "1,2")) == (near,)
    assert parsed(("not", "near=1,2"), ("within", "9m"), ("within", "5km")) == (f.Not(near),)


def test_filter_that_is_given_twice_applies_twice() -> None:
    expected = (f.Contains(Label.CAMERA, "canon"), f.Contains(Label.CAMERA, "5d"))
    assert parsed(("camera", "canon"), ("camera", "5d")) == expected


def test_prefix_is_a_uri_unless_the_caller_parses_it() -> None:
    assert parsed(("prefix", "s3://holiday/a%20b/")) == (f.InBucket("holiday", "a b/"),)
    for text in ("/etc", "s3://", "s3:///a.jpg"):
        assert "use a URI, such as s3://holiday/2026/" in message(("prefix", text))
    own = parse_query([("prefix", "x")], now=NOW, parse_target=lambda text: Target(text, "y"))
    assert own.filters == (f.InBucket("x", "y"),)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([("camra", "canon")], "unknown filter 'camra': use prefix, glob, status,"),
        ([("\x1b", "")], r"unknown filter '\x1b': use"),
        ([("within", "5km")], "within needs a position: add, for example, near 48.137,11.575"),
        ([("--within", "5km"), ("--not", "iso=1")], "invalid --not 'iso=1'"),
        ([("--within", "5km"), ("--bbox", "1,2,3,4")], "--within needs a position"),
        (
            [("taken_since", "2026-02"), ("taken_until", "2026-01")],
            "taken_since must be earlier than taken_until",
        ),
        (
            [("since", "2026-03"), ("until", "2026-02"), ("until", "2026-04")],
            "since must be earlier than until",
        ),
        (
            [("--since", "2026-03"), ("--until", "2026-03")],
            "--since must be earlier than --until, which ends the range before the start",
        ),
        ([("min_iso", "2"), ("max_iso", "1")], "min_iso must not be greater than max_iso"),
        (
            [("min-iso", "1"), ("min-iso", "3"), ("max-iso", "2"), ("max-iso", "4")],
            "min-iso must not be greater than max-iso",
        ),
    ],
)
def test_invalid_filters_are_reported(values: list[tuple[str, str]], expected: str) -> None:
    assert message(*values).startswith(expected)


@pytest.mark.parametrize(
    "values",
    [
        [("since", "2026-01"), ("until", "2026-02")],
        [("taken-since", "2026-02"), ("taken-until", "2026-01-01T00:00Z")],
        [("taken-since", "2026-02"), ("until", "2026-01")],
        [("min-iso", "1"), ("max-iso", "1")],
        [("min-iso", "2"), ("max-width", "1")],
        [("not", "min-iso=2"), ("max-iso", "1")],
    ],
)
def test_filters_that_do_not_contradict_are_accepted(values: list[tuple[str, str]]) -> None:
    assert len(parsed(*values)) == 2


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], Query()),
        ([("sort", "size")], Query(sort=Number.SIZE)),
        ([("--sort", "-Taken")], Query(sort=Moment.TAKEN, descending=True)),
        ([("sort", "size"), ("sort", "key")], Query(sort=Order.KEY)),
    ],
)
def test_sort_is_an_attribute_and_a_direction(
    values: list[tuple[str, str]], expected: Query
) -> None:
    assert parse_query(values, now=NOW) == expected


def test_cursor_continues_a_query_of_the_same_order() -> None:
    cursor = Query(sort=Number.SIZE).cursor(image_record())
    query = parse_query([("after", cursor), ("sort", "size")], now=NOW)
    assert query == Query(sort=Number.SIZE, after=cursor)
    assert "the cursor belongs to another sort order" in message(("after", cursor))


def test_unknown_sort_attribute_is_reported() -> None:
    assert message(("--sort", "a\n")).startswith(r"invalid --sort 'a\n': use key, status, ")


_NAMES = st.sampled_from(["within", "not", "sort", "after", *FILTER_NAMES]) | st.text()
_VALUES = st.text() | st.from_regex(r"[0-9.,]+[kmgib]*", fullmatch=True)


@given(st.lists(st.tuples(_NAMES, _VALUES), max_size=4))
def test_any_names_and_values_are_filters_or_one_printable_message(
    values: list[tuple[str, str]],
) -> None:
    try:
        parsed(*values)
    except ConfigurationError as error:
        assert str(error).isprintable()  # noqa: PT017 - not every value is an error
