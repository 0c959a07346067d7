from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.times import TIME_WORDS, parse_range, parse_time
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2, 2, 1), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the time zone


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01 12:00:01", datetime(2026, 11, 1, 12, 0, 1, tzinfo=UTC)),
        ("2026-11-01T12:00Z", datetime(2026, 11, 1, 12, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ("2026-06", datetime(2026, 6, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("today", datetime(2026, 11, 23, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 22, tzinfo=UTC)),
        ("this week", datetime(2026, 11, 23, tzinfo=UTC)),
        ("last week", datetime(2026, 11, 16, tzinfo=UTC)),
        ("this month", datetime(2026, 11, 1, tzinfo=UTC)),
        ("last month", datetime(2026, 10, 1, tzinfo=UTC)),
        (" LAST-month ", datetime(2026, 10, 1, tzinfo=UTC)),
        ("this year", datetime(2026, 1, 1, tzinfo=UTC)),
        ("last year", datetime(2025, 1, 1, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("24h", NOW - timedelta(days=1)),
    ],
)
def test_time_is_utc_unless_it_has_an_offset(text: str, time: datetime) -> None:
    assert parse_time(text, NOW) == time


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "last decade",
        "2026-1",
        "2026-13",
        "0000",
        "٢٠٢٦",
        "2026-13-01",
        "7w",
        "999999d",
        "9999999999d",
        "٣d",
        "0001-01-01T00:00+14:00",
        "\x1b[2J",
    ],
)
def test_invalid_time_is_reported_with_an_example(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"invalid time .*: use 2026-11-01") as caught:
        parse_time(text, NOW)
    assert str(caught.value).isprintable()


def test_day_of_a_word_is_the_day_in_utc() -> None:
    now = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert parse_time("today", now) == datetime(2026, 2, 28, tzinfo=UTC)
    assert parse_time("last month", now) == datetime(2026, 1, 1, tzinfo=UTC)


@given(now=MOMENTS)
def test_months_years_weeks_and_days_follow_each_other_without_a_gap(now: datetime) -> None:
    start = {word: parse_time(word, now) for word in TIME_WORDS}
    assert start["this month"] <= start["today"] <= now < start["today"] + timedelta(days=1)
    end_of_last_month = start["this month"] - timedelta(microseconds=1)
    assert parse_time(f"{end_of_last_month:%Y-%m}".zfill(7), now) == start["last month"]
    assert parse_time("this month", end_of_last_month) == start["last month"]
    assert parse_time("this year", start["this year"] - timedelta(1)) == start["last year"]
    assert start["this week"].weekday() == start["last week"].weekday() == 0
    assert start["this week"] <= now < start["this week"] + timedelta(days=7)
    assert start["this week"] - start["last week"] == timedelta(days=7)
    assert start["today"] - start["yesterday"] == timedelta(days=1)


@given(now=MOMENTS)
def test_month_and_year_of_a_moment_start_at_or_before_it(now: datetime) -> None:
    month, year = f"{now.year:04}-{now.month:02}", f"{now.year:04}"
    assert parse_time(month, NOW) == parse_time("this month", now)
    assert parse_time(year, NOW) == parse_time("this year", now)


@pytest.mark.parametrize("word", ["yesterday", "last week", "last month", "last year"])
def test_word_for_a_time_before_year_one_is_reported(word: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid time"):
        parse_time(word, datetime(1, 1, 1, tzinfo=UTC))


@given(age=st.from_regex("[0-9]{1,4}[dhm]", fullmatch=True), hours=st.integers(-12, 14))
def test_age_is_the_same_moment_in_every_time_zone(age: str, hours: int) -> None:
    moved = NOW.astimezone(timezone(timedelta(hours=hours)))
    assert parse_time(age, moved) == parse_time(age, NOW)
    assert parse_time(age, moved).tzinfo is UTC


def test_range_ends_before_the_start_of_the_month_of_until() -> None:
    june, july = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert parse_range("2026-06", "2026-07", NOW) == (june, july)


def test_range_from_a_month_until_itself_is_reported_as_empty() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_range("2026-06", "2026-06", NOW)
    assert str(caught.value) == (
        "--since must be earlier than --until, which ends the range before the start of '2026-06'"
    )


@pytest.mark.parametrize("since", ["1h", "today", "2027"])
def test_range_that_starts_at_or_after_its_end_is_rejected(since: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^--since must be earlier than --until$"):
        parse_range(since, "2h", NOW.replace(hour=1))
