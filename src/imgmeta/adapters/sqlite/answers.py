"""Answers to queries: records, summaries and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.sqlite.finding import selected_rows
from imgmeta.adapters.sqlite.selections import select_same_sizes
from imgmeta.adapters.sqlite.summaries import count_summaries, find_summaries, has_summaries
from imgmeta.core.attributes import Number
from imgmeta.core.decoding import decode_records
from imgmeta.core.duplicates import ContentEntry
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.summaries import RecordSummary, SummaryCount

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from imgmeta.adapters.sqlite.connections import Connections
    from imgmeta.adapters.sqlite.files import IndexFile
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import OnUnreadable

__all__ = ["Answers"]

_CONTENT_TYPES: tuple[set[type], ...] = ({str}, {str}, {int}, {str, type(None)}, {str, type(None)})
"""The types of the columns that `select_same_sizes` selects."""


class Answers:
    """Answers queries from the columns of rows, if the schema has them.

    Args:
        connections: the database.
        file: its file.
        decode: returns the record of a row, or raises InvalidRecordError.
        scan: yields every record; see `ImageRepository.scan`.
    """

    def __init__(
        self,
        connections: Connections,
        file: IndexFile,
        decode: Callable[[Sequence[Any]], ImageRecord],
        scan: Callable[..., Iterator[ImageRecord]],
    ) -> None:
        self._connections = connections
        self._file = file
        self._decode = decode
        self._scan = scan

    def find(self, query: Query, on_unreadable: OnUnreadable | None) -> Iterator[ImageRecord]:
        """Yield the records of a query in its order: see `RecordFinder`."""
        if self._file.is_outdated:
            has_tombstones = query.wants_tombstones
            scanned = self._scan(include_deleted=has_tombstones, on_unreadable=on_unreadable)
            yield from query.select(scanned)
            return
        rows = selected_rows(self._connections, query)
        records = decode_records(rows, self._decode, on_unreadable)
        yield from query.limited(filter(query.finds, records))

    def find_summaries(
        self, query: Query, on_unreadable: OnUnreadable | None, *, ordered: bool
    ) -> Iterator[RecordSummary]:
        """Yield the summaries of the records of a query: see `SummaryFinder`."""
        if self._file.is_outdated or not has_summaries(query):
            return map(RecordSummary.of, self.find(query, on_unreadable))
        return find_summaries(
            self._connections, query, self._decode, on_unreadable, ordered=ordered
        )

    def count_summaries(
        self, query: Query, attributes: Collection[str], on_unreadable: OnUnreadable | None
    ) -> Iterator[SummaryCount]:
        """Yield counts of the records that match a query: see `SummaryFinder`."""
        if not self._file.is_outdated:
            counts = count_summaries(
                self._connections, query, attributes, self._decode, on_unreadable
            )
            if counts is not None:
                return iter(counts)
        return map(SummaryCount.of, self.find_summaries(query, on_unreadable, ordered=False))

    def same_sizes(
        self, query: Query, on_unreadable: OnUnreadable | None
    ) -> Iterator[ContentEntry]:
        """Yield the images whose size another one has: see `SizeFinder`."""
        rows = self._same_sizes(query)
        if rows is None:
            by_size = replace(query, sort=Number.SIZE, descending=True, limit=None, after=None)
            records = self.find(by_size, on_unreadable)
            yield from (ContentEntry.of(each) for each in records if each.file_size)
            return
        for bucket, key, *values in rows:
            yield ContentEntry(ObjectLocation(bucket, key), *values)

    def _same_sizes(self, query: Query) -> list[tuple[Any, ...]] | None:
        """Return the rows whose size another one has; None if they do not answer the query."""
        selection = None if self._file.is_outdated else select_same_sizes(query)
        if selection is None:
            return None
        # Without checksums, which take longer than all else; the hash is a checksum of its own.
        rows = self._connections.rows(selection.sql, selection.values)
        columns = (set(map(type, each)) for each in zip(*rows, strict=True))
        # Only damaged columns have other types.
        are_valid = all(
            found <= valid for found, valid in zip(columns, _CONTENT_TYPES, strict=False)
        )
        return rows if are_valid else None
