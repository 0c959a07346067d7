"""The records that a command exports, up to the limit of the query."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from imgmeta.bootstrap import find_sorted
from imgmeta.core.queries import Query
from imgmeta.core.records import ImageRecord
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.ports import ImageRepository, OnUnreadable

__all__ = ["FoundRecords"]


class FoundRecords:
    """Iterates over the records that a query finds, in its order.

    Args:
        repository: the index.
        query: the query.
        on_unreadable: takes the error of each unreadable record.

    Attributes:
        count: the number of records so far.
    """

    def __init__(
        self, repository: ImageRepository, query: Query, on_unreadable: OnUnreadable
    ) -> None:
        self.count = 0
        self._query = query
        self._last: ImageRecord | None = None
        # One more than the limit shows whether there is a rest.
        more = query if query.limit is None else replace(query, limit=query.limit + 1)
        self._records = find_sorted(repository, more, on_unreadable=on_unreadable)

    def __iter__(self) -> Iterator[ImageRecord]:
        # islice accepts at most sys.maxsize, which is more than any index holds.
        limit = None if self._query.limit is None else min(self._query.limit, sys.maxsize)
        for record in islice(self._records, limit):
            self.count += 1
            self._last = record
            yield record

    def report_rest(self, context: CommandContext) -> None:
        """Print the cursor of the rest if more records match; call it after the iteration."""
        if self._last is not None and next(self._records, None) is not None:
            context.notes.raw(f"More images match: add --after {self._query.cursor(self._last)}")
