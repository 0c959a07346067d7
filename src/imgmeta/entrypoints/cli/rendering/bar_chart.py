"""Statistics as bar charts."""

from collections.abc import Iterator

from imgmeta.core.grouping import GroupedCounts
from imgmeta.core.statistics import CHRONOLOGICAL, Statistics, sort_counts
from imgmeta.core.text import counted
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, display_width

__all__ = ["MAX_LINES", "bar_chart_lines"]

MAX_LINES = 23
"""Lines of the chart on a terminal of 24 lines, which leave one for the prompt."""

_DEFAULT_COLUMNS = 80
_MAX_LABEL = 30
_MAX_BAR = 40
_BLOCK = "█"
_PLURALS = {"Incomplete": "incomplete", "Lens": "lenses", "Status": "statuses"}


def bar_chart_lines(
    statistics: Statistics | GroupedCounts, columns: int | None, *, full: bool = False
) -> Iterator[list[Span]]:
    """Yield the lines: the totals, then each group as bars, then how many values are not shown.

    Args:
        statistics: the counts.
        columns: the terminal's width; None without a terminal.
        full: show all values, instead of those that fit `MAX_LINES`.
    """
    groups = {group: sort_counts(group, counts) for group, counts in statistics.groups().items()}
    groups = {group: values for group, values in groups.items() if values}
    # The other lines: the total, an empty line and a title for each group, and the last line.
    rows = sum(map(len, groups.values())) if full else MAX_LINES - 2 - 2 * len(groups)
    shares = _share(rows, {group: len(values) for group, values in groups.items()})
    images = counted(statistics.total, "image")
    yield [Span(f"{images}, {file_size(statistics.file_size)}", Style.STRONG)]
    hidden = list[str]()
    for group, values in groups.items():
        number = shares[group]
        if more := len(values) - number:
            hidden.append(_counted_values(more, group))
        # The latest months and days are the last ones.
        shown = values[-number:] if group in CHRONOLOGICAL else values[:number]
        yield []
        yield [Span(group, Style.STRONG)]
        yield from _bars(shown, columns or _DEFAULT_COLUMNS)
    if hidden:
        yield [Span(f"Not shown: {', '.join(hidden)}. Use --full.", Style.FAINT, fit=True)]


def _counted_values(number: int, group: str) -> str:
    plural = _PLURALS.get(group, f"{group.lower()}s")
    return f"{number:,} {group.lower() if number == 1 else plural}"


def _share(rows: int, wanted: dict[str, int]) -> dict[str, int]:
    """Share rows among groups evenly; a group gets no more than it has values."""
    shares = dict.fromkeys(wanted, 0)
    while rows and shares != wanted:
        for group in [each for each in wanted if shares[each] < wanted[each]][:rows]:
            shares[group] += 1
            rows -= 1
    return shares


def _bars(shown: list[tuple[str, int]], columns: int) -> Iterator[list[Span]]:
    longest = max(count for _, count in shown)
    label_width = min(max(display_width(value) for value, _ in shown), _MAX_LABEL)
    number_width = len(f"{longest:,}")
    room = min(columns - label_width - number_width - 6, _MAX_BAR)
    for value, count in shown:
        yield [
            Span("  "),
            Span(value, width=label_width),
            Span(f"{count:,}", width=number_width + 2, right=True),
            Span("  "),
            Span(_BLOCK * max(1, round(room * count / longest)), Style.BAR),
        ]
