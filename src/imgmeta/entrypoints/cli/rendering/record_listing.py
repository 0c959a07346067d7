"""A list of records: JSON Lines, URIs, or the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import (
    failure_header_row,
    failure_row,
    header_row,
    record_row,
)

if TYPE_CHECKING:
    from imgmeta.core.records import ImageRecord
    from imgmeta.entrypoints.cli.context import CommandContext

__all__ = ["RecordListing"]


class RecordListing:
    """Prints records to standard output as they come.

    Args:
        context: the context of the command.
        failures: whether to show the reason of each failure instead of the image's properties.
        full: whether to cut and leave out nothing, however narrow the terminal is.
        null: whether to print only URIs, each followed by NUL.

    Attributes:
        count: the number of records printed.
    """

    def __init__(self, context: CommandContext, *, failures: bool, full: bool, null: bool) -> None:
        self.count = 0
        self._output = context.stdout
        self._as_json = context.as_json
        self._directory = context.working_directory
        self._failures = failures
        self._full = full
        self._null = null
        self._columns = None if full else context.stdout.columns

    def add(self, record: ImageRecord) -> None:
        """Print a record; on a terminal, print a header before the first one."""
        self.count += 1
        if self._as_json:
            self._output.raw(json_lines.record_line(record))
            return
        if self._null:
            self._output.null(record.uri)
            return
        if self.count == 1 and self._output.columns is not None:
            header = failure_header_row() if self._failures else header_row(self._columns)
            self._output.line(*header, full=self._full)
        row = failure_row if self._failures else record_row
        self._output.line(*row(record, self._directory, self._columns), full=self._full)
