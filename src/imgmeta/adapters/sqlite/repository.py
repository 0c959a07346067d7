"""Image records in one SQLite file, with only the standard library."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import quote

from imgmeta.adapters.sqlite.database import (
    check_path,
    database_error,
    enable_wal,
    file_identity,
    invalid_record_error,
    migrate,
)
from imgmeta.adapters.sqlite.statements import (
    COUNT_PREFIX,
    DELETE_EXPIRED,
    INSERT_IF_ABSENT,
    SELECT_ALL,
    SELECT_ENTRIES,
    SELECT_PREFIX,
    SELECT_RECORD,
    SELECT_UPLOADED,
    UPDATE_IF_REVISION,
    UPSERT_IF_NEWER,
    parameters_from_record,
)
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfNewer, WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.text import printable
from imgmeta.core.timestamps import ceil_seconds, floor_seconds, microseconds
from imgmeta.errors import InvalidRecordError, PermanentError
from imgmeta.ports import UploadCursor

__all__ = ["SQLiteImageRepository"]

_PAGE_SIZE = 500
"""Records per query. No read transaction is open between pages, so an unfinished iteration blocks
neither writers nor checkpoints."""

_LAST_CHARACTER = "\U0010ffff"
_SURROGATES = 0xD800
_AFTER_SURROGATES = 0xE000


class SQLiteImageRepository:
    """Image records in one SQLite file.

    Any number of threads and processes may read and write it concurrently: each thread has its own
    connection, each write is a transaction of one statement, and readers are never blocked
    (write-ahead log). A forked process needs its own repository. Completed writes survive a crash
    of the process; a power failure may lose the latest ones, and the next sync restores them.

    Storing a tombstone deletes those that expired before its `processed_at`.

    Args:
        path: the file; created if it does not exist.
        must_exist: raise an error if the file does not exist, for callers that only read.
        patience: how long to wait for other writers before raising TransientError.

    Raises:
        ConfigurationError: the file cannot be opened, or is not an index.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        must_exist: bool = False,
        patience: timedelta = timedelta(seconds=30),
    ) -> None:
        self._path = os.path.abspath(path)  # noqa: PTH100 - Path.resolve follows links
        self._name = printable(os.fspath(path))
        self._patience = patience.total_seconds()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        check_path(self._path, self._name, must_exist=must_exist)
        try:
            connection = self._open("rw" if must_exist else "rwc")
            migrate(connection, self._name, must_exist=must_exist)
            enable_wal(connection)
            self._file_identity = file_identity(self._path)
        except sqlite3.Error as error:
            self.close()
            raise database_error(error, self._name, opening=True) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections of all threads; later calls raise PermanentError."""
        with self._lock:
            self._closed = True
            while self._connections:
                self._connections.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this ID: see `ImageRepository.get`."""
        rows = self._rows(SELECT_RECORD, (image_id,))
        return self._record(rows[0][0]) if rows else None

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write the record conditionally: see `ImageRepository.put`."""
        incoming = record.state
        decide(None, incoming, condition)  # raises if there is no revision or no sequencer
        parameters = parameters_from_record(record)
        if isinstance(condition, IfNewer):
            statement = UPSERT_IF_NEWER
            earliest = condition.observed_after
            parameters["observed_after"] = None if earliest is None else microseconds(earliest)
        elif condition.revision is None:
            statement = INSERT_IF_ABSENT
        else:
            statement = UPDATE_IF_REVISION
            parameters["expected"] = condition.revision
        try:
            connection = self._connection()
            written = connection.execute(statement, parameters).rowcount
            if written and record.status is Status.DELETED:
                now = floor_seconds(record.processed_at)
                connection.execute(DELETE_EXPIRED, (now, record.image_id))
        except sqlite3.Error as error:
            raise database_error(error, self._name) from error
        if written:
            # SQLite does not notice that its file was deleted or replaced.
            if file_identity(self._path) != self._file_identity:
                msg = f"{self._name} was deleted or replaced during the write: try again"
                raise PermanentError(msg)
            return WriteResult.STORED
        if not isinstance(condition, IfNewer):
            return WriteResult.CONFLICT
        stored = self.get(record.image_id)
        result = decide(stored.state if stored else None, incoming, condition)
        # Another writer may have changed the record since it refused the write.
        return WriteResult.CONFLICT if result is WriteResult.STORED else result

    def uploaded_between(
        self, since: datetime, until: datetime, *, after: UploadCursor | None = None
    ) -> Iterator[ImageRecord]:
        """Yield records by upload time: see `ImageRepository.uploaded_between`."""
        start = UploadCursor(ceil_seconds(since), "")
        if after is not None:
            start = max(start, after)
        return self._pages(SELECT_UPLOADED, start, ceil_seconds(until))

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
    ) -> Iterator[ImageRecord]:
        """Yield records in key order: see `ImageRepository.list_prefix`."""
        start, end = _range(prefix, after)
        return self._pages(SELECT_PREFIX, (start,), end, bucket, include_deleted)

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield index entries in key order: see `ImageRepository.entries`."""
        start, end = _range(prefix)
        while rows := self._rows(SELECT_ENTRIES, (start, end, bucket, _PAGE_SIZE)):
            yield from map(IndexEntry._make, rows)
            start = _successor(rows[-1][0])

    def scan(self, *, include_deleted: bool = False) -> Iterator[ImageRecord]:
        """Yield every record: see `ImageRepository.scan`."""
        return self._pages(SELECT_ALL, (0,), include_deleted)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return the number of records: see `ImageRepository.count`."""
        number: int = self._rows(COUNT_PREFIX, (*_range(prefix), bucket))[0][0]
        return number

    def _pages(
        self, query: str, start: tuple[int | str, ...], *conditions: object
    ) -> Iterator[ImageRecord]:
        while rows := self._rows(query, (*start, *conditions, _PAGE_SIZE)):
            for row in rows:
                yield self._record(row[-1])
            start = rows[-1][:-1]

    def _rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise database_error(error, self._name) from error

    def _record(self, text: bytes) -> ImageRecord:
        try:
            return ImageRecord.from_json(text)
        except InvalidRecordError as error:
            raise invalid_record_error(error, self._name) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        return self._open("rw") if connection is None else connection

    def _open(self, mode: str) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                msg = f"cannot use {self._name}: the repository is closed"
                raise PermanentError(msg)
            for thread in [each for each in self._connections if not each.is_alive()]:
                self._connections.pop(thread).close()
            connection = sqlite3.connect(
                f"file:{quote(os.fsencode(self._path))}?mode={mode}",
                uri=True,
                timeout=self._patience,
                isolation_level=None,
                check_same_thread=False,  # close() runs in any thread
            )
            self._connections[threading.current_thread()] = connection
            self._local.connection = connection
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def _range(prefix: str, after: str | None = None) -> tuple[str, str | bytes]:
    """Return the range of keys that start with `prefix` and follow `after`: start, and end.

    The end is exclusive. For a range without an upper bound it is an empty BLOB: SQLite sorts every
    BLOB after every text.
    """
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return "", ""  # a lone surrogate: no key contains one
    start = prefix if after is None else max(prefix, _successor(after))
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return start, b""
    next_code = ord(stem[-1]) + 1
    return start, stem[:-1] + chr(_AFTER_SURROGATES if next_code == _SURROGATES else next_code)


def _successor(text: str) -> str:
    """Return the text that sorts directly after `text`."""
    return text + "\0"
