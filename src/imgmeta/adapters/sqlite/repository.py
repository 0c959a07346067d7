"""Image records in one SQLite file, with only the standard library."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

from imgmeta.adapters.sqlite.columns import values_of
from imgmeta.adapters.sqlite.connections import Connections
from imgmeta.adapters.sqlite.database import database_error
from imgmeta.adapters.sqlite.files import IndexFile
from imgmeta.adapters.sqlite.key_ranges import key_range, successor
from imgmeta.adapters.sqlite.rows import record_in, true_key
from imgmeta.adapters.sqlite.statements import (
    COUNT_PREFIX,
    SELECT_ALL,
    SELECT_CHECKSUM,
    SELECT_ENTRIES,
    SELECT_NUMBER,
    SELECT_PREFIX,
    SELECT_RECORD,
    SELECT_UPLOADED,
    UPDATE_IF_DAMAGED,
    select_ids,
)
from imgmeta.adapters.sqlite.writes import ConditionalWrite, run_writes
from imgmeta.core.decoding import decode_records
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfNewer, WriteCondition, WriteResult, decide
from imgmeta.core.status import Status
from imgmeta.core.timestamps import ceil_seconds
from imgmeta.errors import InvalidRecordError, PermanentError

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Sequence

    from imgmeta.adapters.sqlite.answers import Answers
    from imgmeta.core.cursors import UploadCursor
    from imgmeta.core.duplicates import ContentEntry
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.core.summaries import RecordSummary, SummaryCount
    from imgmeta.ports import OnUnreadable

__all__ = ["SQLiteImageRepository"]

_PAGE_SIZE = 500
"""Records per query. No read transaction is open between pages, so an unfinished iteration blocks
neither writers nor checkpoints."""

_Start = TypeVar("_Start", bytes, tuple[int | bytes, ...])


class SQLiteImageRepository:
    """Image records in one SQLite file.

    Any number of threads and processes may read and write it concurrently: each thread has its own
    connection, each write is a transaction of one statement, and readers are never blocked
    (write-ahead log). A forked process needs its own repository. Completed writes survive a crash
    of the process; a power failure may lose the latest ones, and the next sync restores them.

    Storing a tombstone deletes those that expired before its `processed_at`.

    Args:
        path: the file; created if it does not exist, readable by its owner only.
        must_exist: raise an error if the file does not exist, for callers that only read. An index
            that cannot be written is opened read-only, and nothing is created beside it.
        keep_schema: leave an index of an older imgmeta as it is, for callers that change nothing;
            queries of it take longer, and it cannot be written.
        patience: how long to wait for other writers before raising TransientError.

    Raises:
        ConfigurationError: the file cannot be opened, or is not an index.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        must_exist: bool = False,
        keep_schema: bool = False,
        patience: timedelta = timedelta(seconds=30),
    ) -> None:
        self._file = IndexFile(path, must_exist=must_exist, keep_schema=keep_schema)
        self._name = self._file.name
        seconds = patience.total_seconds()
        self._connections = Connections(
            self._file.connect, self._file.error, self._name, patience=seconds
        )
        try:
            self._connections.add(self._file.open(timeout=seconds))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise database_error(error, self._name, opening=True) from error

    def close(self) -> None:
        """Close the connections of all threads; later calls raise PermanentError.

        Waits for the statements that other threads run, but not for their locks.
        """
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID: see `ImageRepository.get`."""
        rows = self._connections.rows(SELECT_RECORD, (image_id,))
        if not rows:
            return None
        record = self._record(rows[0])
        if not rows[0][0]:
            raise self._file.damaged_error()
        return record

    def stored_ids(self, image_ids: Sequence[str]) -> set[str]:
        """Return the IDs under which something is stored: see `IdFinder.stored_ids`."""
        return {row[0] for row in self._connections.rows(select_ids(len(image_ids)), image_ids)}

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record conditionally: see `ImageRepository.put`."""
        write = ConditionalWrite.of(record, condition)
        written = self._connections.write(write.statement, write.parameters)
        if not written and (isinstance(condition, IfNewer) or condition.revision is None):
            written = self._overwrite_damaged(record)
        if written and record.status is Status.DELETED:
            self._connections.write(*write.removal_of_expired)
        if written:
            self._check_file()
            return WriteResult.STORED
        if not isinstance(condition, IfNewer):
            return WriteResult.CONFLICT
        stored = self.get(record.image_id)
        result = decide(stored.state if stored else None, record.state, condition)
        # Another writer may have changed the record since it refused the write.
        return WriteResult.CONFLICT if result is WriteResult.STORED else result

    def put_all(self, writes: Sequence[tuple[ImageRecord, WriteCondition]]) -> list[WriteResult]:
        """Write records in one transaction: see `BatchWriter.put_all`."""
        prepared = [ConditionalWrite.of(*write) for write in writes]
        written = self._connections.write_all(lambda each: run_writes(each, prepared))
        if any(written):
            self._check_file()
        # Alone, a refused write learns the reason, or replaces damaged data.
        return [
            WriteResult.STORED if done else self.put(*write)
            for done, write in zip(written, writes, strict=True)
        ]

    def uploaded_between(
        self,
        since: datetime,
        until: datetime,
        *,
        after: UploadCursor | None = None,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield records by upload time: see `ImageRepository.uploaded_between`."""
        start = (ceil_seconds(since), "")
        seconds, image_id = start if after is None else max(start, after)
        first = (seconds, image_id.encode())
        return self._pages(SELECT_UPLOADED, first, ceil_seconds(until), on_unreadable=on_unreadable)

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[ImageRecord]:
        """Yield records in key order: see `ImageRepository.list_prefix`."""
        start, end = key_range(prefix, after)
        conditions = (end, bucket, include_deleted)
        return self._pages(SELECT_PREFIX, (start,), *conditions, on_unreadable=on_unreadable)

    def entries(
        self, bucket: str, prefix: str = "", *, after: str | None = None
    ) -> Iterator[IndexEntry]:
        """Yield index entries in key order: see `ImageRepository.entries`."""
        start, end = key_range(prefix, after)
        while rows := self._connections.rows(SELECT_ENTRIES, (start, end, bucket, _PAGE_SIZE)):
            entries = map(IndexEntry._make, rows)
            if any(row[-1] is not None for row in rows):
                entries = map(self._inspect, rows)
            yield from entries
            start = self._advance(start, successor(rows[-1][0]))

    def scan(
        self, *, include_deleted: bool = False, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""
        return self._pages(SELECT_ALL, (0,), include_deleted, on_unreadable=on_unreadable)

    def find(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the records of a query in its order: see `RecordFinder`.

        The numbers of all selected rows are in memory, 8 bytes for each.
        """
        return self._answers.find(query, on_unreadable)

    def find_summaries(
        self, query: Query, *, ordered: bool = True, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[RecordSummary]:
        """Yield the summaries of the records of a query: see `SummaryFinder`."""
        return self._answers.find_summaries(query, on_unreadable, ordered=ordered)

    def count_summaries(
        self,
        query: Query,
        attributes: Collection[str],
        *,
        on_unreadable: OnUnreadable | None = None,
    ) -> Iterator[SummaryCount]:
        """Yield counts of the records that match a query: see `SummaryFinder`."""
        return self._answers.count_summaries(query, attributes, on_unreadable)

    def same_sizes(
        self, query: Query, *, on_unreadable: OnUnreadable | None = None
    ) -> Iterator[ContentEntry]:
        """Yield the images whose size another one has: see `SizeFinder`.

        They are in memory, about 300 bytes for each, unless SQL cannot answer the query alone, or a
        column is damaged.
        """
        return self._answers.same_sizes(query, on_unreadable)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records: see `ImageRepository.count`."""
        number: int = self._connections.rows(COUNT_PREFIX, (*key_range(prefix), bucket))[0][0]
        return number

    def _check_file(self) -> None:
        # SQLite does not notice that its file was deleted or replaced.
        if self._file.is_replaced():
            msg = f"{self._name} was deleted or replaced during the write: try again"
            raise PermanentError(msg)

    def _pages(
        self,
        query: str,
        start: tuple[int | bytes, ...],
        *conditions: object,
        on_unreadable: OnUnreadable | None,
    ) -> Iterator[ImageRecord]:
        while rows := self._connections.rows(query, (*start, *conditions, _PAGE_SIZE)):
            yield from decode_records(rows, self._record, on_unreadable)
            start = self._advance(start, rows[-1][: len(start)])

    def _advance(self, start: _Start, following: _Start) -> _Start:
        """Return the start of the following page; raise an error unless it sorts later."""
        try:
            is_later = following > start
        except TypeError:  # a damaged column has another type
            is_later = False
        if not is_later:
            raise self._file.damaged_error()
        return following

    @cached_property
    def _answers(self) -> Answers:
        from imgmeta.adapters.sqlite.answers import Answers  # noqa: PLC0415 - a sync asks nothing

        return Answers(self._connections, self._file, self._record, self.scan)

    def _record(self, row: Sequence[Any]) -> ImageRecord:
        return record_in(row, self._name)

    def _inspect(self, row: Sequence[Any]) -> IndexEntry:
        """Return the entry of a row; read it completely if it is damaged or has no checksum."""
        key, *_, number = row
        if number is None:
            return IndexEntry._make(row)
        entry = IndexEntry.of_unreadable(key, "the record was damaged while it was read")
        for found in self._connections.rows(SELECT_NUMBER, (number,)):
            try:
                entry = IndexEntry.of(self._record(found))
            except InvalidRecordError as error:
                entry = IndexEntry.of_unreadable(true_key(key, found[-1]), error.message)
        return entry

    def _overwrite_damaged(self, record: ImageRecord) -> int:
        """Write a record if the data stored under its ID is unreadable; return whether it was."""
        rows = self._connections.rows(SELECT_CHECKSUM, (record.image_id,))
        for row in rows:
            try:
                self._record(row)
            except InvalidRecordError:
                parameters = (*values_of(record), record.image_id, row[0], row[-1])
                return self._connections.write(UPDATE_IF_DAMAGED, parameters)
        return 0
