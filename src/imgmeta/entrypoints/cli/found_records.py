"""The records that a command prints or exports, up to the limit of the query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imgmeta.core.queries import Query
    from imgmeta.core.summaries import Summarized
    from imgmeta.entrypoints.cli.context import CommandContext

__all__ = ["FoundRecords"]

_Record = TypeVar("_Record", bound="Summarized")


class FoundRecords(Generic[_Record]):
    """Iterates over the records that a query finds, in its order.

    Args:
        find: yields the records that a query finds, or their summaries.
        query: the query.

    Attributes:
        count: the number of records so far.
    """

    def __init__(self, find: Callable[[Query], Iterator[_Record]], query: Query) -> None:
        self.count = 0
        self._query = query
        self._last: _Record | None = None
        # One more than the limit shows whether there is a rest.
        more = query if query.limit is None else replace(query, limit=query.limit + 1)
        self._records = find(more)

    def __iter__(self) -> Iterator[_Record]:
        for record in self._query.limited(self._records):
            self.count += 1
            self._last = record
            yield record

    def report_rest(self, context: CommandContext) -> None:
        """Print the cursor of the rest if more records match; call it after the iteration."""
        if self._last is not None and next(self._records, None) is not None:
            context.notes.raw(f"More images match: add --after {self._query.cursor(self._last)}")
