"""A list of records: JSON Lines, URIs, or the rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.filters import HasStatus
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.status import Status
from imgmeta.core.summaries import RecordSummary
from imgmeta.entrypoints.cli.rendering import json_lines
from imgmeta.entrypoints.cli.rendering.record_table import (
    FailureTable,
    failure_row,
    header_row,
    record_line,
    record_row,
)
from imgmeta.entrypoints.cli.rendering.screen import plain_line

if TYPE_CHECKING:
    from imgmeta.core.queries import Query
    from imgmeta.core.summaries import Summarized
    from imgmeta.entrypoints.cli.context import CommandContext
    from imgmeta.entrypoints.cli.rendering.screen import Span

__all__ = ["RecordListing"]

_FIRST_FAILURES = 20
"""Failed images that decide the widths of the columns on a terminal."""

_BATCH = 100
"""Records that are printed at once, except on a terminal."""


class RecordListing:
    """Prints records to standard output; call `flush` after the last one.

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
        self._waiting = list[str]()
        self._null = null
        self._columns = None if full else context.stdout.columns
        self._first_failures: list[Summarized] = []
        self._table: FailureTable | None = None

    def add(self, record: Summarized) -> None:
        """Print a record, or all but JSON of a summary; print a header first on a terminal."""
        self.count += 1
        if self._as_json or self._null or self._output.columns is None:
            self._waiting.append(self._text(record))
            if len(self._waiting) == _BATCH:
                self.flush()
            return
        if self._failures:
            self._add_failure(record)
            return
        if self.count == 1:
            with_distance = self._order is not None
            self._line(header_row(self._columns, with_distance=with_distance))
        self._line(record_row(record, self._directory, self._columns, self._order))

    def _add_failure(self, record: Summarized) -> None:
        if self._table is not None:
            self._line(self._table.row(record))
            return
        self._first_failures.append(record)
        if len(self._first_failures) == _FIRST_FAILURES:
            self._start_table()

    def _start_table(self) -> None:
        self._table = FailureTable(self._first_failures, self._directory, self._columns)
        self._line(self._table.header())
        for each in self._first_failures:
            self._line(self._table.row(each))
        self._first_failures.clear()

    def _line(self, spans: list[Span]) -> None:
        self._output.line(*spans, full=self._full)

    def flush(self) -> None:
        """Print the records that wait for more: a call for each would take longer than all else."""
        if self._first_failures:
            self._start_table()
        end = "\0" if self._null else "\n"
        if self._waiting:
            self._output.text(end.join([*self._waiting, ""]))
        self._waiting.clear()

    def _text(self, record: Summarized) -> str:
        if self._as_json and not isinstance(record, RecordSummary):
            return json_lines.record_line(record)
        if self._null:
            return record.uri
        if self._failures:
            return plain_line(failure_row(record, self._directory))
        if self._order is not None:
            return plain_line(record_row(record, self._directory, None, self._order))
        return record_line(record, self._directory)
