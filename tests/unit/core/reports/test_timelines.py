from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.reports import Bar, Timeline, TimeUnit
from imgmeta.core.reports.timelines import TimeTally


def timeline(*days: date | None) -> Timeline:
    tally = TimeTally()
    for day in days:
        tally.add(day)
    return tally.timeline()


def shown(result: Timeline) -> list[tuple[str, int]]:
    return [(bar.start.isoformat(), bar.number) for bar in result.bars if bar.number]


def test_images_of_a_few_weeks_are_counted_by_day() -> None:
    result = timeline(date(2026, 6, 30), date(2026, 7, 2), date(2026, 7, 2))
    assert result.unit is TimeUnit.DAY
    assert shown(result) == [("2026-06-30", 1), ("2026-07-02", 2)]
    assert (result.first, result.last) == (date(2026, 6, 30), date(2026, 7, 2))


def test_images_of_some_years_are_counted_by_month() -> None:
    result = timeline(date(2024, 2, 29), date(2026, 7, 2), date(2026, 7, 30))
    assert result.unit is TimeUnit.MONTH
    assert shown(result) == [("2024-02-01", 1), ("2026-07-01", 2)]
    assert len(result.bars) == 30


def test_images_of_decades_are_counted_by_year() -> None:
    result = timeline(date(1999, 12, 31), date(2026, 1, 1))
    assert result.unit is TimeUnit.YEAR
    assert [result.bars[0], result.bars[-1]] == [Bar(date(1999, 1, 1), 1), Bar(date(2026, 1, 1), 1)]
    assert len(result.bars) == 28


def test_image_of_a_wrong_clock_is_counted_outside_the_chart() -> None:
    days = [date(2026, 6, 1) + timedelta(days=number) for number in range(60)]
    result = timeline(date(1980, 1, 1), *days, date(2099, 1, 1))
    assert (result.unit, result.earlier, result.later) == (TimeUnit.DAY, 1, 1)
    assert (result.first, result.last) == (date(1980, 1, 1), date(2099, 1, 1))


def test_few_periods_are_preceded_by_empty_ones() -> None:
    result = timeline(date(2026, 6, 12))
    assert [bar.start.day for bar in result.bars] == [*range(1, 13)]


def test_first_days_of_the_calendar_are_preceded_by_none() -> None:
    assert timeline(date(1, 1, 1), date(1, 1, 2)).bars[0] == Bar(date(1, 1, 1), 1)
    months = timeline(date(1, 1, 1), date(1, 3, 30))
    assert (months.unit, len(months.bars)) == (TimeUnit.MONTH, 3)
    years = timeline(date(1, 1, 1), date(9, 1, 1))
    assert (years.unit, len(years.bars)) == (TimeUnit.YEAR, 9)


def test_last_year_of_the_calendar_is_counted() -> None:
    assert timeline(date(1990, 1, 1), date(9999, 12, 31)).later == 0
    assert timeline(date(1990, 1, 1), date(9999, 12, 31)).earlier == 1


def test_image_without_a_time_is_unknown() -> None:
    assert timeline(None) == Timeline(TimeUnit.DAY, (), 0, 0, 1, None, None)


def test_days_are_no_longer_counted_if_there_are_thousands() -> None:
    days = [date(2000, 1, 1) + timedelta(days=number) for number in range(4_002)]
    result = timeline(*days)
    assert result.unit is TimeUnit.YEAR
    assert sum(bar.number for bar in result.bars) == 4_002


@given(st.lists(st.none() | st.dates(), max_size=20))
def test_every_image_is_counted_once_in_few_bars(days: list[date | None]) -> None:
    result = timeline(*days)
    charted = sum(bar.number for bar in result.bars)
    assert charted + result.earlier + result.later + result.unknown == len(days)
    assert len(result.bars) <= 60
    assert timeline(*reversed(days)) == result
