"""Records and differences as table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.status import Status
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.rendering.formatting import (
    display_name,
    distance,
    file_size,
    pixels,
    taken_at,
)
from imgmeta.entrypoints.cli.rendering.screen import (
    MIN_PATH_COLUMNS,
    Span,
    Style,
    display_width,
    path_span,
    plain_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imgmeta.core.geography import DistanceFrom
    from imgmeta.core.summaries import Summarized

__all__ = [
    "FailureTable",
    "difference_row",
    "failure_row",
    "header_row",
    "record_line",
    "record_row",
]

_STATUS, _FORMAT, _SIZE, _PIXELS, _TAKEN, _DATE, _DIFFERENCE = 11, 6, 10, 13, 16, 10, 10
_DISTANCE = 9

_COMPLETE_COLUMNS = _STATUS + _FORMAT + _SIZE + _PIXELS + 2 + _TAKEN + 2 + MIN_PATH_COLUMNS
"""Width of a terminal from which on all values are shown."""

_COMPACT_COLUMNS = _STATUS - 1 + _FORMAT + _SIZE + 2 + _DATE + 2 + MIN_PATH_COLUMNS
"""Width from which on format, size and date are shown, as on a terminal of 80 columns."""

_SHORTEST_REASON = 10
"""Columns of a reason that are shown on any terminal, even if it then wraps the line."""

_FAILURE_COLUMNS = _STATUS + MIN_PATH_COLUMNS + 20
"""Width from which on the status of failed images is shown beside path and reason."""

_STATUS_STYLES = {
    Status.PROCESSED: Style.GOOD,
    Status.FAILED: Style.BAD,
    Status.DELETED: Style.CHANGED,
}
_DIFFERENCE_STYLES = {
    Difference.NEW: Style.GOOD,
    Difference.CORRUPTED: Style.BAD,
    Difference.UNREADABLE: Style.BAD,
    Difference.UNKNOWN: Style.BAD,
}


class _Values(NamedTuple):
    status: str
    format: str
    size: str
    pixels: str
    taken: str
    style: Style
    """The style of the status."""


_TITLES = _Values("STATUS", "FORMAT", "SIZE", "PIXELS", "TAKEN", Style.STRONG)


def header_row(columns: int | None = None, *, with_distance: bool = False) -> list[Span]:
    """Return the column titles of `record_row`."""
    shown = _distance_spans("DISTANCE", Style.STRONG) if with_distance else []
    spans = _spans(_TITLES, Style.STRONG, _remaining(columns, shown))
    return [*spans, *shown, Span("IMAGE", Style.STRONG)]


class FailureTable:
    """The table of failed images: status, name and reason; no status on a narrow terminal.

    On a terminal, the column of the names is as wide as the widest of the first images, or as their
    longest reason permits, but not narrower than `MIN_PATH_COLUMNS`. Longer names are cut in the
    middle, and reasons to the rest of the line.

    Args:
        first: the first images of the table.
        working_directory: the prefix of the keys in the working directory.
        columns: the terminal's width; None to cut nothing.
    """

    def __init__(
        self, first: Iterable[Summarized], working_directory: str, columns: int | None
    ) -> None:
        records = list(first)
        names = max(
            display_width(display_name(each.location, working_directory)) for each in records
        )
        reasons = max(display_width(_reason(each)) for each in records)
        self._directory = working_directory
        self._status = _STATUS
        if columns is None:
            self._width = max(names, MIN_PATH_COLUMNS)
            return
        if columns < _FAILURE_COLUMNS:
            self._status = 0
        room = max(columns - self._status - reasons, MIN_PATH_COLUMNS)
        self._width = max(min(names, room), len("IMAGE"))

    def header(self) -> list[Span]:
        """Return the titles of the columns."""
        titles = (Span(title, Style.STRONG) for title in ("STATUS", "IMAGE", "  REASON"))
        return self._line(*titles)

    def row(self, record: Summarized) -> list[Span]:
        """Return the row of a failed image."""
        return self._line(
            Span(record.status.value, _STATUS_STYLES[record.status]),
            Span(display_name(record.location, self._directory), keep_end=True),
            Span(_reason(record), Style.FAINT),
        )

    def _line(self, status: Span, name: Span, reason: Span) -> list[Span]:
        shown = [status._replace(width=self._status)] if self._status else []
        return [
            *shown,
            name._replace(width=self._width),
            reason._replace(fit=True, minimum=_SHORTEST_REASON),
        ]


def record_row(
    record: Summarized,
    working_directory: str = "",
    columns: int | None = None,
    position: DistanceFrom | None = None,
) -> list[Span]:
    """Return the row of a record; a dash marks an unknown value.

    Args:
        record: the record.
        working_directory: the prefix of the keys in the working directory.
        columns: the terminal's width, which decides the values that are shown beside the name; None
            for all.
        position: show the distance from here; None: none.
    """
    name = display_name(record.location, working_directory)
    shown: list[Span] = []
    if position is not None:
        kilometers = position.kilometers(record)
        shown = _distance_spans("-" if kilometers is None else distance(kilometers), Style.PLAIN)
    spans = _spans(_values_of(record), Style.PLAIN, _remaining(columns, shown))
    return [*spans, *shown, path_span(name)]


def record_line(record: Summarized, working_directory: str = "") -> str:
    """Return the row of a record as text, escaped, as it is printed without a terminal.

    This takes a fraction of the time of `record_row`.

    Args:
        record: the record.
        working_directory: the prefix of the keys in the working directory.
    """
    status, form, size, dimensions, taken = _texts_of(record)
    if not form.isascii():  # it may be wider than its number of characters
        return plain_line(record_row(record, working_directory))
    line = (
        f"{printable(form):<{_FORMAT}}{size:>{_SIZE}}{dimensions:>{_PIXELS}}  {taken:<{_TAKEN}}  "
    )
    name = display_name(record.location, working_directory)
    return f"{status:<{_STATUS}}{line}{name}".rstrip()


def _values_of(record: Summarized) -> _Values:
    return _Values(*_texts_of(record), _STATUS_STYLES[record.status])


def _texts_of(record: Summarized) -> tuple[str, str, str, str, str]:
    """Return the texts of `_Values`."""
    return (
        record.status.value,
        record.format or "-",
        "-" if record.file_size is None else file_size(record.file_size),
        pixels(record) or "-",
        taken_at(record) or "-",
    )


def failure_row(record: Summarized, working_directory: str = "") -> list[Span]:
    """Return the row of a failed image without a terminal, with its reason after the name."""
    return FailureTable([record], working_directory, None).row(record)


def _reason(record: Summarized) -> str:
    return f"  {record.error or record.content_error or '-'}"


def _distance_spans(text: str, style: Style) -> list[Span]:
    return [Span(text, style, _DISTANCE, right=True), Span("  ")]


def _remaining(columns: int | None, shown: list[Span]) -> int | None:
    return None if columns is None else columns - sum(max(each.width, 2) for each in shown)


def _spans(values: _Values, style: Style, columns: int | None) -> list[Span]:
    """Return the values that leave enough of a terminal's width to the name."""
    if columns is not None and columns < _COMPACT_COLUMNS:
        return [Span(values.status, values.style, _STATUS)]
    if columns is not None and columns < _COMPLETE_COLUMNS:
        return [
            Span(values.status, values.style, _STATUS - 1),
            Span(values.format, style, _FORMAT),
            Span(values.size, style, _SIZE, right=True),
            Span("  "),
            Span(values.taken[:_DATE], style, _DATE),
            Span("  "),
        ]
    return [
        Span(values.status, values.style, _STATUS),
        Span(values.format, style, _FORMAT),
        Span(values.size, style, _SIZE, right=True),
        Span(values.pixels, style, _PIXELS, right=True),
        Span("  "),
        Span(values.taken, style, _TAKEN),
        Span("  "),
    ]


def difference_row(bucket: str, comparison: Comparison, working_directory: str = "") -> list[Span]:
    """Return the row of a difference."""
    name = display_name(ObjectLocation(bucket, comparison.key), working_directory)
    style = _DIFFERENCE_STYLES.get(comparison.difference, Style.CHANGED)
    word = comparison.difference.value
    row = [Span(word, style, max(_DIFFERENCE, len(word) + 2)), Span(name)]
    return [*row, Span(f"  {comparison.reason}", Style.FAINT)] if comparison.reason else row
