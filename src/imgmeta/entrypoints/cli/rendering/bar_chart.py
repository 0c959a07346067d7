"""Statistics as bar charts."""

from collections import Counter
from collections.abc import Iterator

from imgmeta.core.grouping import GroupedCounts
from imgmeta.core.statistics import CHRONOLOGICAL, Statistics, sort_counts
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, display_width

__all__ = ["MAX_MONTHS", "MAX_VALUES", "bar_chart_lines"]

MAX_VALUES = 10
"""Maximum bars in a group; one line counts the remaining values."""

MAX_MONTHS = 24
"""Maximum bars in a group of months or days, which shows the latest."""

_DEFAULT_COLUMNS = 80
_MAX_LABEL = 30
_MAX_BAR = 40
_BLOCK = "█"


def bar_chart_lines(
    statistics: Statistics | GroupedCounts, columns: int | None
) -> Iterator[list[Span]]:
    """Yield the lines: the totals, then each group as bars.

    Args:
        statistics: the counts.
        columns: the terminal's width; None without a terminal.
    """
    yield [Span(f"{_images(statistics.total)}, {file_size(statistics.file_size)}", Style.STRONG)]
    for group, counts in statistics.groups().items():
        if counts:
            yield []
            yield [Span(group, Style.STRONG)]
            yield from _bars(group, counts, columns or _DEFAULT_COLUMNS)


def _bars(group: str, counts: Counter[str], columns: int) -> Iterator[list[Span]]:
    ordered = sort_counts(group, counts)
    if group in CHRONOLOGICAL:
        folded, shown = ordered[:-MAX_MONTHS], ordered[-MAX_MONTHS:]
        yield from _folded_line(folded, "earlier")
    else:
        shown, folded = ordered[:MAX_VALUES], ordered[MAX_VALUES:]
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
    if group not in CHRONOLOGICAL:
        yield from _folded_line(folded, "more")


def _folded_line(folded: list[tuple[str, int]], label: str) -> Iterator[list[Span]]:
    if folded:
        images = _images(sum(count for _, count in folded))
        yield [Span(f"  and {len(folded):,} {label} ({images})", Style.FAINT)]


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"
