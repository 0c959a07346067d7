"""A list of records: JSON Lines, URIs, or the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.filters import HasStatus
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.status import Status
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import (
    failure_header_row,
    failure_row,
    header_row,
    record_row,
)

if TYPE_CHECKING:
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.entrypoints.cli.context import CommandContext
    from imgmeta.entrypoints.cli.rendering.screen import Span

__all__ = ["RecordListing"]


class RecordListing:
    """Prints records to standard output as they come.

    Args:
        context: the context of the command.
        query: the query. If it finds failed images only, the reason of each failure is shown
            instead of the image's properties; if it sorts by distance, the distances are shown too.
        full: whether to cut and leave out nothing, however narrow the terminal is.
        null: whether to print only URIs, each followed by NUL.

    Attributes:
        count: the number of records printed.
    """

    def __init__(self, context: CommandContext, query: Query, *, full: bool, null: bool) -> None:
        self.count = 0
        self._output = context.stdout
        self._as_json = context.as_json
        self._directory = context.working_directory
        self._failures = HasStatus(Status.FAILED) in query.filters
        self._order = query.order if isinstance(query.order, DistanceFrom) else None
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
            self._output.line(*self._header(), full=self._full)
        self._output.line(*self._row(record), full=self._full)

    def _header(self) -> list[Span]:
        if self._failures:
            return failure_header_row()
        return header_row(self._columns, with_distance=self._order is not None)

    def _row(self, record: ImageRecord) -> list[Span]:
        if self._failures:
            return failure_row(record, self._directory, self._columns)
        return record_row(record, self._directory, self._columns, self._order)
