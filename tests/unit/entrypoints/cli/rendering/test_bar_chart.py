from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.grouping import GroupedCounts, Grouping
from imgmeta.core.statistics import Statistics
from imgmeta.entrypoints.cli.rendering.bar_chart import MAX_LINES, bar_chart_lines
from imgmeta.entrypoints.cli.rendering.screen import Span, compose, display_width


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


def test_values_that_do_not_fit_are_counted_in_the_last_line() -> None:
    counts = Counter({f"camera {n:02}": 100 - n for n in range(40)})
    lines = _lines(bar_chart_lines(Statistics(by_camera=counts), None))
    assert len(lines) == MAX_LINES
    assert [line.split()[1] for line in lines[3:-1]] == [f"{n:02}" for n in range(19)]
    assert lines[-1] == "Not shown: 21 cameras. Use --full."


def test_numbers_of_values_that_do_not_fit_have_a_plural() -> None:
    status = Counter({f"{n:02}": 1 for n in range(22)})
    lenses = Counter({f"{n:02}": 1 for n in range(20)})
    by_lens = GroupedCounts(Grouping.LENS, 20, 0, lenses)
    assert _lines(bar_chart_lines(Statistics(by_status=status), None))[-1].startswith(
        "Not shown: 3 statuses."
    )
    assert _lines(bar_chart_lines(by_lens, None))[-1].startswith("Not shown: 1 lens.")


def test_months_are_in_time_order_with_the_earliest_left_out() -> None:
    months = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    counts = Counter({month: 1 + (month == "2025-06") for month in reversed(months)})
    lines = _lines(bar_chart_lines(Statistics(by_month=counts), None))[3:]
    assert [line.split()[0] for line in lines[:-1]] == months[-19:]
    assert lines[-1] == "Not shown: 17 months. Use --full."


COUNTS = st.dictionaries(st.text(min_size=1), st.integers(1, 2_000_000), max_size=40).map(
    Counter[str]
)


@given(status=COUNTS, image_format=COUNTS, camera=COUNTS, month=COUNTS, gap=COUNTS)
def test_statistics_fit_a_terminal_of_24_lines_and_80_columns(
    status: Counter[str],
    image_format: Counter[str],
    camera: Counter[str],
    month: Counter[str],
    gap: Counter[str],
) -> None:
    statistics = Statistics(10**9, 10**15, status, image_format, camera, month, gap)
    lines = [compose(line, 80) for line in bar_chart_lines(statistics, 80)]
    assert len(lines) <= MAX_LINES < 24
    assert all(sum(cells(text) for text, _ in line) <= 80 for line in lines)
    groups = [counts for counts in (status, image_format, camera, month, gap) if counts]
    total = sum(map(len, groups))
    bars = sum(len(line) == 5 for line in lines)
    assert bars == min(total, MAX_LINES - 2 - 2 * len(groups))
    full = [*bar_chart_lines(statistics, 80, full=True)]
    assert sum(len(line) == 5 for line in full) == total
    assert not any("Not shown" in line for line in _lines(full))


def cells(text: str) -> int:
    # Escaped text has backslashes, which would be escaped again.
    return display_width(text.replace("\\", "x"))


def test_bars_fit_a_narrow_terminal() -> None:
    statistics = Statistics(by_camera=Counter({"a camera with a rather long name 写真": 5}))
    for columns in (10, 20, 40, 100):
        assert max(map(len, _lines(bar_chart_lines(statistics, columns), columns))) <= max(
            columns, 40
        )
