"""Values of filters become filters, or a message that says how to write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core import filters as f
from imgmeta.core.attributes import Label, Moment, Number, Presence, Shape
from imgmeta.core.filter_values import FILTER_NAMES, FilterParser
from imgmeta.core.records import Status
from imgmeta.core.targets import Target
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
JULY = datetime(2026, 7, 1)  # noqa: DTZ001 - a local time
JULY_UTC = JULY.replace(tzinfo=UTC)
PARSER = FilterParser(lambda text: Target("holiday", text), NOW, "5km")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("prefix", "2026/", f.InBucket("holiday", "2026/")),
        ("glob", "*.jpg", f.KeyGlob("**/*.jpg")),
        ("glob", "/2026/*.jpg", f.KeyGlob("2026/*.jpg")),
        ("status", "FAILED", f.HasStatus(Status.FAILED)),
        ("error", "kms", f.ErrorContains("kms")),
        ("incomplete", "", f.Incomplete()),
        ("incomplete", "true", f.Incomplete()),
        ("camera", "Canon", f.Contains(Label.CAMERA, "Canon")),
        ("lens", "50", f.Contains(Label.LENS, "50")),
        ("format", "jpeg", f.Contains(Label.FORMAT, "jpeg")),
        ("format", "JPG", f.Contains(Label.FORMAT, "JPEG")),
        ("format", "jfif", f.Contains(Label.FORMAT, "JPEG")),
        ("format", "heif", f.Contains(Label.FORMAT, "HEIC")),
        ("format", "hif", f.Contains(Label.FORMAT, "HEIC")),
        ("format", "dib", f.Contains(Label.FORMAT, "BMP")),
        ("since", "2026-07-01", f.TimeBetween(Moment.UPLOADED, JULY_UTC)),
        ("until", "2026-07-01", f.TimeBetween(Moment.UPLOADED, until=JULY_UTC)),
        ("taken-since", "2026-07-01", f.TimeBetween(Moment.TAKEN, JULY)),
        ("taken-since", "2026-07", f.TimeBetween(Moment.TAKEN, JULY)),
        ("taken-until", "2026-07-01T00:00", f.TimeBetween(Moment.TAKEN, until=JULY)),
        ("taken-since", "2026-07-01T00:00Z", f.TimeBetween(Moment.TAKEN_UTC, JULY_UTC)),
        ("taken-until", "2026-07-01T02:00+02:00", f.TimeBetween(Moment.TAKEN_UTC, until=JULY_UTC)),
        ("near", "48.137,11.575", f.Near(48.137, 11.575, 5)),
        ("near", " -90 , 180 ", f.Near(-90, 180, 5)),
        ("bbox", "-10,170,10,-170", f.InBox(-10, 170, 10, -170)),
        ("with", "location", f.Has(Presence.LOCATION)),
        ("without", "Date", f.Not(f.Has(Presence.DATE))),
        ("orientation", "portrait", f.HasShape(Shape.PORTRAIT)),
        ("min-size", "9223372036854775807", f.NumberBetween(Number.SIZE, 2**63 - 1)),
        ("min-size", "500kB", f.NumberBetween(Number.SIZE, 500_000)),
        ("max-size", "2MB", f.NumberBetween(Number.SIZE, maximum=2_000_000)),
        ("max-size", "1.5 MiB", f.NumberBetween(Number.SIZE, maximum=1.5 * 2**20)),
        ("max-size", "1g", f.NumberBetween(Number.SIZE, maximum=10**9)),
        ("max-size", ".5KIB", f.NumberBetween(Number.SIZE, maximum=512)),
        ("min-width", "4000", f.NumberBetween(Number.WIDTH, 4000)),
        ("max-height", "10", f.NumberBetween(Number.HEIGHT, maximum=10)),
        ("min-megapixels", "20.5", f.NumberBetween(Number.MEGAPIXELS, 20.5)),
        ("max-iso", "800", f.NumberBetween(Number.ISO, maximum=800)),
        ("min-focal", "35", f.NumberBetween(Number.FOCAL, 35)),
    ],
)
def test_value_becomes_a_filter(name: str, value: str, expected: f.Filter) -> None:
    assert PARSER.parse(name, value) == expected
    if name != "incomplete":
        assert PARSER.negated(f"{name}={value}") == f.Not(expected)


@pytest.mark.parametrize(
    ("within", "kilometers"), [("5km", 5), ("500m", 0.5), ("3 mi", 4.828032), (".5KM", 0.5)]
)
def test_distance_has_a_unit(within: str, kilometers: float) -> None:
    near = FilterParser(PARSER.parse_target, NOW, within).parse("near", "1,2")
    assert isinstance(near, f.Near)
    assert near.kilometers == pytest.approx(kilometers)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("status", "lost", "invalid status 'lost': use processed, failed, deleted"),
        ("with", "gps", "invalid with 'gps': use location, date, camera"),
        ("without", "", "invalid without '': use location, date, camera"),
        ("incomplete", "no", "invalid incomplete 'no': use true, or leave it out"),
        ("orientation", "wide", "use portrait, landscape, square"),
        (
            "glob",
            "s3://b/*.jpg",
            "invalid glob 's3://b/*.jpg': use prefix for the bucket, the rest here",
        ),
        ("glob", "/", "invalid glob '/': a pattern has 1 to 1,024 characters"),
        ("glob", "", "invalid glob '': a pattern has 1 to 1,024 characters"),
        ("glob", "a" * 2000, "a pattern has 1 to 1,024 characters"),
        ("since", "soon", "invalid time 'soon': use"),
        ("taken-since", "soon", "invalid time 'soon': use"),
        ("near", "48", "invalid near '48': use LATITUDE,LONGITUDE in degrees, such as"),
        ("near", "91,0", "invalid near '91,0'"),
        ("near", "nan,0", "invalid near 'nan,0'"),
        ("near", "1,2,3", "invalid near '1,2,3'"),
        ("bbox", "1,2,3", "invalid bbox '1,2,3': use SOUTH,WEST,NORTH,EAST in degrees"),
        ("bbox", "5,0,1,0", "invalid bbox '5,0,1,0'"),
        ("bbox", "5.8,47.2,95,15.1", "invalid bbox"),
        ("min-size", "", "invalid min-size '': use bytes, 500kB, 2MB or 1.5MiB"),
        ("min-size", "-1", "invalid min-size '-1'"),
        ("min-size", "5iB", "invalid min-size '5iB'"),
        ("min-size", "\N{ARABIC-INDIC DIGIT FIVE}", "invalid min-size"),
        ("max-size", "9" * 400, "invalid max-size"),
        ("min-iso", "high", "invalid min-iso 'high': use a number, such as 20 or 0.5"),
        ("min-iso", "inf", "invalid min-iso 'inf'"),
    ],
)
def test_invalid_value_is_reported_with_an_example(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        PARSER.parse(name, value)
    assert message in str(caught.value)


@pytest.mark.parametrize("within", ["5", "km", "-5km", "5 miles", "9" * 400 + "km", "\x1b"])
def test_invalid_distance_is_reported(within: str) -> None:
    with pytest.raises(ConfigurationError, match=r"invalid within '.*': use 5km, 500m or 3mi"):
        FilterParser(PARSER.parse_target, NOW, within).parse("near", "1,2")


def test_position_needs_a_distance() -> None:
    with pytest.raises(
        ConfigurationError, match=r"^near needs a distance: add, for example, within 5km$"
    ):
        FilterParser(PARSER.parse_target, NOW).parse("near", "1,2")


@pytest.mark.parametrize("text", ["", "canon", "camera", "within=5km", "x=1", "\x1b=1"])
def test_negation_needs_a_filter_and_its_value(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"invalid not '.*': use the name and value"):
        PARSER.negated(text)


def test_negation_takes_the_name_of_an_option_and_a_value_with_an_equals_sign() -> None:
    assert PARSER.negated("--lens=a=b") == f.Not(f.Contains(Label.LENS, "a=b"))
    assert PARSER.negated("incomplete") == f.Not(f.Incomplete())


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("--min-size", "x", "invalid --min-size 'x': use bytes,"),
        ("min_size", "x", "invalid min_size 'x': use bytes,"),
        ("--glob", "s3://b/*", "use --prefix for the bucket, the rest here"),
        ("--near", "1,2", "--near needs a distance: add, for example, --within 5km"),
    ],
)
def test_messages_show_names_as_given(name: str, value: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FilterParser(PARSER.parse_target, NOW).parse(name, value)
    assert message in str(caught.value)


def test_age_counts_from_the_local_time_where_local_times_are_compared() -> None:
    parser = FilterParser(PARSER.parse_target, NOW.astimezone(timezone(timedelta(hours=2))))
    assert parser.parse("taken-since", "1h") == f.TimeBetween(
        Moment.TAKEN, NOW.replace(hour=13, tzinfo=None)
    )
    assert parser.parse("since", "1h") == f.TimeBetween(Moment.UPLOADED, NOW.replace(hour=11))


@given(
    st.sampled_from(FILTER_NAMES), st.text() | st.from_regex(r"[0-9.,]+[kmgib]*", fullmatch=True)
)
def test_any_value_is_a_filter_or_one_printable_message(name: str, value: str) -> None:
    try:
        PARSER.parse(name, value)
        PARSER.negated(f"{name}={value}")
    except ConfigurationError as error:
        assert str(error).isprintable()  # noqa: PT017 - not every value is an error
