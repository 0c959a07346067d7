"""Records and differences as table rows."""

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size, pixels, taken_at
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, display_width

__all__ = ["HEADER", "difference_row", "fit_to_width", "record_row"]

_STATUS, _FORMAT, _SIZE, _PIXELS, _TAKEN, _DIFFERENCE = 11, 6, 10, 13, 16, 10

_MIN_NAME_COLUMNS = 20
"""Minimum width of the name; a narrower terminal shows only status and name."""

_STATUS_STYLES = {
    Status.PROCESSED: Style.GOOD,
    Status.FAILED: Style.BAD,
    Status.DELETED: Style.CHANGED,
}
_DIFFERENCE_STYLES = {
    Difference.NEW: Style.GOOD,
    Difference.UNREADABLE: Style.BAD,
    Difference.UNKNOWN: Style.BAD,
}

HEADER = [
    Span("STATUS", Style.STRONG, _STATUS),
    Span("FORMAT", Style.STRONG, _FORMAT),
    Span("SIZE", Style.STRONG, _SIZE, right=True),
    Span("PIXELS", Style.STRONG, _PIXELS, right=True),
    Span("  "),
    Span("TAKEN", Style.STRONG, _TAKEN),
    Span("  "),
    Span("IMAGE", Style.STRONG),
]
"""The column titles of `record_row`, for a terminal."""


def record_row(record: ImageRecord, working_directory: str = "") -> list[Span]:
    """Return the row of a record; a dash marks an unknown value."""
    location = ObjectLocation(record.bucket_name, record.object_key)
    size = "" if record.file_size is None else file_size(record.file_size)
    return [
        Span(record.status.value, _STATUS_STYLES[record.status], _STATUS),
        Span(record.format or "-", width=_FORMAT),
        Span(size or "-", width=_SIZE, right=True),
        Span(pixels(record) or "-", width=_PIXELS, right=True),
        Span("  "),
        Span(taken_at(record) or "-", width=_TAKEN),
        Span("  "),
        Span(display_name(location, working_directory), fit=True, keep_end=True),
    ]


def fit_to_width(row: list[Span], columns: int | None) -> list[Span]:
    """Return `HEADER` or the row of a record, reduced to status and name on a narrow terminal.

    Args:
        row: the complete row.
        columns: the terminal's width; None without a terminal.
    """
    *others, name = row
    used = sum(span.width or display_width(span.text) for span in others)
    return row if columns is None or columns - used >= _MIN_NAME_COLUMNS else [row[0], name]


def difference_row(bucket: str, comparison: Comparison, working_directory: str = "") -> list[Span]:
    """Return the row of a difference."""
    name = display_name(ObjectLocation(bucket, comparison.key), working_directory)
    style = _DIFFERENCE_STYLES.get(comparison.difference, Style.CHANGED)
    word = comparison.difference.value
    row = [Span(word, style, max(_DIFFERENCE, len(word) + 2)), Span(name)]
    return [*row, Span(f"  {comparison.reason}", Style.FAINT)] if comparison.reason else row
