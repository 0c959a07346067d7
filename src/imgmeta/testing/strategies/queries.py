"""Strategies for queries, and for records that they often match."""

from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import strategies as st

from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Order, Presence, Shape, Sort
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord, Status
from imgmeta.testing.strategies.records import colliding_records, few_keys, keys, moved, prefixes

__all__ = ["BUCKETS", "SORTS", "filters", "queried_records", "queries", "records_with_values"]

BUCKETS = ("holiday", "Holiday")
SORTS: list[Sort] = [*Number, *Moment, *Label, *Order]

_STREET = "stra\N{LATIN SMALL LETTER SHARP S}e"
_TEXTS = ("Canon", "CANON EOS", "canon", "x", "a\0b", _STREET, "STRASSE", "\U0001f4f7")
_texts = st.sampled_from(_TEXTS)
_numbers = st.sampled_from([1, 2, 3, 4000, 6000, 2**32 - 1])
_sizes = st.sampled_from([0, 1, 2**53, 2**53 + 1, 2**63 - 1])
_lengths = st.sampled_from([5e-324, 0.1, 35.0, 35.000001, 50.0, 1.7e308])
_seconds = st.sampled_from([-1, 0, 1, 2, 3, 1_700_000_000, 2**40])
_days = st.sampled_from(
    [
        datetime(1, 1, 1),  # noqa: DTZ001 - local times
        datetime(2026, 6, 30, 23, 59, 59, 999_999),  # noqa: DTZ001
        datetime(2026, 7, 1),  # noqa: DTZ001
        datetime(2026, 7, 1, 0, 0, 0, 1),  # noqa: DTZ001
        datetime(9999, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001
    ]
)
_moments = _days.map(lambda day: day.replace(tzinfo=UTC))
_latitudes = st.sampled_from([-90.0, -89.99, -0.01, 0.0, 48.1, 48.137, 89.99, 90.0])
_longitudes = st.sampled_from([-180.0, -179.99, -0.01, 0.0, 11.575, 179.99, 180.0])
_kilometers = st.sampled_from([0.0, 0.5, 5.0, 2000.0, 20_100.0])
_patterns = st.sampled_from(
    ["*", "**", "a*", "*.jpg", "a/*", "**/b", "a/**", "?", "[!a]", "[a-b]*", "a/[b]*", "[", "*\\*"]
)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def records_with_values(draw: st.DrawFn, record: ImageRecord) -> ImageRecord:
    """Draw a record whose attributes have few values, so that they are often equal."""
    values = {
        "display_width": draw(_maybe(_numbers)),
        "display_height": draw(_maybe(_numbers)),
        "file_size": draw(_maybe(_sizes)),
        "iso": draw(_maybe(_numbers)),
        "focal_length": draw(_maybe(_lengths)),
        "upload_timestamp": draw(_maybe(_seconds)),
        "taken_at": draw(_maybe(_days)),
        "taken_at_utc": draw(_maybe(_moments)),
        "camera_make": draw(_maybe(_texts)),
        "camera_model": draw(_maybe(_texts)),
        "lens_model": draw(_maybe(_texts)),
        "format": draw(_maybe(st.sampled_from(["JPEG", "jpeg", "PNG"]))),
        "error": draw(_maybe(_texts)),
        "content_error": draw(_maybe(_texts)),
        "latitude": draw(_maybe(_latitudes)),
        "longitude": draw(_maybe(_longitudes)),
        "complete": draw(_maybe(st.booleans())),
        "reader_version": draw(_maybe(st.integers(1, 3))),
    }
    return moved(record, record.bucket_name, record.object_key, **values)


@st.composite
def queried_records(draw: st.DrawFn) -> ImageRecord:
    """Draw a record at one of a few locations, with one of a few values for each attribute."""
    record = draw(colliding_records(st.sampled_from(BUCKETS), few_keys))
    return draw(records_with_values(record))


def _ordered(strategy: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[float, float]]:
    return st.tuples(strategy, strategy).map(lambda pair: (min(pair), max(pair)))


def _boxes() -> st.SearchStrategy[f.InBox]:
    def make(latitudes: tuple[float, float], west: float, east: float) -> f.InBox:
        return f.InBox(latitudes[0], west, latitudes[1], east)

    return st.builds(
        make,
        _ordered(_latitudes | st.floats(-90, 90)),
        _longitudes | st.floats(-180, 180),
        _longitudes | st.floats(-180, 180),
    )


_distances = st.builds(DistanceFrom, _latitudes, _longitudes)
_limits = _maybe(_numbers | _sizes | _lengths | st.floats(allow_nan=False) | st.integers())
_plain: st.SearchStrategy[f.Filter] = st.one_of(
    st.builds(f.InBucket, st.sampled_from([*BUCKETS, "none"]), prefixes),
    st.builds(f.KeyGlob, _patterns | keys.filter(lambda key: len(key) <= 1024)),
    st.builds(f.HasStatus, st.sampled_from(Status)),
    st.just(f.Incomplete()),
    st.builds(f.ErrorContains, st.just("") | _texts | st.text(max_size=3)),
    st.builds(f.ReaderBefore, st.integers(0, 4)),
    st.builds(f.NumberBetween, st.sampled_from(Number), _limits, _limits),
    st.builds(f.TimeBetween, st.just(Moment.TAKEN), _maybe(_days), _maybe(_days)),
    st.builds(
        f.TimeBetween,
        st.sampled_from([Moment.TAKEN_UTC, Moment.UPLOADED]),
        _maybe(_moments | _seconds.map(lambda each: datetime.fromtimestamp(each % 9, UTC))),
        _maybe(_moments | _seconds.map(lambda each: datetime.fromtimestamp(each % 9, UTC))),
    ),
    st.builds(f.Contains, st.sampled_from(Label), st.just("") | _texts | st.text(max_size=3)),
    st.builds(f.Near, _latitudes, _longitudes, _kilometers | st.floats(0, 30_000)),
    _boxes(),
    st.builds(f.Has, st.sampled_from(Presence)),
    st.builds(f.HasShape, st.sampled_from(Shape)),
)
filters: st.SearchStrategy[f.Filter] = st.recursive(
    _plain, lambda each: st.builds(f.Not, each), max_leaves=2
)
"""Any filter."""

assert len(get_args(f.Filter)) == 14, "a new filter needs a strategy"


@st.composite
def queries(draw: st.DrawFn, records: list[ImageRecord] | None = None) -> Query:
    """Draw a query, sometimes with a cursor of one of the records."""
    query = Query(
        tuple(draw(st.lists(filters, max_size=3))),
        draw(st.none() | st.sampled_from(SORTS) | _distances),
        draw(st.booleans()),
        draw(st.none() | st.integers(0, 5) | st.just(2**70)),
    )
    if records and draw(st.booleans()):
        after = query.cursor(draw(st.sampled_from(records)))
        return Query(query.filters, query.sort, query.descending, query.limit, after)
    return query
