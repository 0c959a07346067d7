"""One line for each record, and for each difference."""

from imgmeta.core.drift import Comparison, Difference
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.records import ImageRecord, Status
from imgmeta.entrypoints.cli.rendering.formatting import display_name, file_size, pixels, taken
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, cells

__all__ = ["HEADING", "drift_row", "narrowed", "record_row"]

_STATUS, _FORMAT, _SIZE, _PIXELS, _TAKEN, _DIFFERENCE = 11, 6, 10, 13, 16, 10

_LEAST_NAME = 20
"""Columns of a terminal without which a name says nothing."""

_STATUS_STYLES = {
    Status.PROCESSED: Style.GOOD,
    Status.FAILED: Style.BAD,
    Status.DELETED: Style.CHANGED,
}
_DIFFERENCE_STYLES = {
    Difference.NEW: Style.GOOD,
    Difference.UNKNOWN: Style.BAD,
}

HEADING = [
    Span("STATUS", Style.STRONG, _STATUS),
    Span("FORMAT", Style.STRONG, _FORMAT),
    Span("SIZE", Style.STRONG, _SIZE, right=True),
    Span("PIXELS", Style.STRONG, _PIXELS, right=True),
    Span("  "),
    Span("TAKEN", Style.STRONG, _TAKEN),
    Span("  "),
    Span("IMAGE", Style.STRONG),
]
"""The heading over `record_row`'s columns, for a terminal."""


def record_row(record: ImageRecord, working_folder: str = "") -> list[Span]:
    """Return a record on one line; a dash stands for what it does not say."""
    location = ObjectLocation(record.bucket_name, record.object_key)
    size = "" if record.file_size is None else file_size(record.file_size)
    return [
        Span(record.status.value, _STATUS_STYLES[record.status], _STATUS),
        Span(record.format or "-", width=_FORMAT),
        Span(size or "-", width=_SIZE, right=True),
        Span(pixels(record) or "-", width=_PIXELS, right=True),
        Span("  "),
        Span(taken(record) or "-", width=_TAKEN),
        Span("  "),
        Span(display_name(location, working_folder), fit=True, keep_end=True),
    ]


def narrowed(row: list[Span], columns: int | None) -> list[Span]:
    """Return `HEADING` or a record's row, the status and the name alone where there is no room.

    Args:
        row: the whole row.
        columns: the terminal's width; None where it is no terminal.
    """
    *others, name = row
    taken_up = sum(span.width or cells(span.text) for span in others)
    return row if columns is None or columns - taken_up >= _LEAST_NAME else [row[0], name]


def drift_row(bucket: str, found: Comparison, working_folder: str = "") -> list[Span]:
    """Return a difference on one line."""
    name = display_name(ObjectLocation(bucket, found.key), working_folder)
    style = _DIFFERENCE_STYLES.get(found.difference, Style.CHANGED)
    row = [Span(found.difference.value, style, _DIFFERENCE), Span(name)]
    return [*row, Span(f"  {found.reason}", Style.FAINT)] if found.reason else row
