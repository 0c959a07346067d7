from collections import Counter
from collections.abc import Iterable

from imgmeta.core.statistics import Statistics
from imgmeta.entrypoints.cli.rendering.bar_chart import MAX_MONTHS, MAX_VALUES, bar_chart_lines
from imgmeta.entrypoints.cli.rendering.screen import Span, compose


def _lines(lines: Iterable[Iterable[Span]], columns: int | None = None) -> list[str]:
    return ["".join(text for text, _ in compose(line, columns)).rstrip() for line in lines]


def test_bars_are_proportional_and_sorted_by_count() -> None:
    statistics = Statistics(1, 2_500_000, Counter(failed=1, processed=4))
    assert _lines(bar_chart_lines(statistics, None)) == [
        "1 image, 2.50 MB",
        "",
        "Status",
        f"  processed  4  {'█' * 40}",
        f"  failed     1  {'█' * 10}",
    ]


def test_smallest_count_still_has_a_bar() -> None:
    statistics = Statistics(1_000_001, 0, Counter(processed=1_000_000, failed=1))
    assert _lines(bar_chart_lines(statistics, None))[-1] == "  failed             1  █"


def test_empty_index_shows_totals_without_groups() -> None:
    assert _lines(bar_chart_lines(Statistics(), None)) == ["0 images, 0 bytes"]


def test_values_beyond_the_maximum_are_folded_into_one_line() -> None:
    counts = Counter({f"camera {n:02}": 100 - n for n in range(MAX_VALUES + 5)})
    lines = _lines(bar_chart_lines(Statistics(by_camera=counts), None))
    assert len(lines) == 1 + 2 + MAX_VALUES + 1
    assert lines[-1] == "  and 5 more (440 images)"


def test_months_are_in_time_order_with_the_earliest_folded() -> None:
    months = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    counts = Counter({month: 1 + (month == "2025-06") for month in reversed(months)})
    lines = _lines(bar_chart_lines(Statistics(by_month=counts), None))[3:]
    assert lines[0] == "  and 12 earlier (12 images)"
    assert [line.split()[0] for line in lines[1:]] == months[-MAX_MONTHS:]


def test_bars_fit_a_narrow_terminal() -> None:
    statistics = Statistics(by_camera=Counter({"a camera with a rather long name 写真": 5}))
    for columns in (10, 20, 40, 100):
        assert max(map(len, _lines(bar_chart_lines(statistics, columns), columns))) <= max(
            columns, 40
        )
