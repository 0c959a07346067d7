"""Image records in one SQLite file, with nothing but the standard library."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Self
from urllib.parse import quote

from imgmeta.adapters.sqlite.database import (
    bring_up_to_date,
    check_place,
    damaged,
    failure,
    mark_of_file,
    write_ahead,
)
from imgmeta.adapters.sqlite.statements import (
    COUNT,
    ENTRIES,
    FORGET,
    GET,
    LIST,
    PUT_IF_ABSENT,
    PUT_IF_NEWER,
    PUT_IF_REVISION,
    SCAN,
    SEQUENCER,
    UPLOADED,
    values_of,
)
from imgmeta.core.drift import IndexEntry
from imgmeta.core.ordering import IfNewer, WriteCondition, WriteResult, decide
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.text import printable
from imgmeta.core.timestamps import ceil_seconds, floor_seconds
from imgmeta.errors import InvalidRecordError, PermanentError
from imgmeta.ports import UploadCursor

__all__ = ["SQLiteImageRepository"]

_PAGE = 500
"""Records that one query fetches. No read transaction lasts longer than that, so that writers
(the same caller's included) and checkpoints go on while somebody iterates."""

_LAST_CHARACTER = "\U0010ffff"
_SURROGATES = 0xD800
_AFTER_SURROGATES = 0xE000


class SQLiteImageRepository:
    """Image records in one SQLite file.

    Any number of threads and processes may read and write it at once: each thread has its own
    connection, each write is a transaction of one statement, and the write-ahead log lets readers
    go on meanwhile. A process that was forked needs a repository of its own. A write that has
    returned survives the process; the newest ones may be lost with the power, and `sync` finds
    them again.

    Storing a tombstone forgets those that had expired at its `processed_at`.

    Args:
        path: the file; made if it is not there.
        must_exist: for those who only read: a missing file is not made, but an error.
        patience: how long to wait for other writers before TransientError.

    Raises:
        ConfigurationError: the path is no place for an index, or holds something else.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        must_exist: bool = False,
        patience: timedelta = timedelta(seconds=30),
    ) -> None:
        self._path = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow links
        self._name = printable(os.fspath(path))
        self._patience = patience.total_seconds()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        check_place(self._path, self._name, must_exist=must_exist)
        try:
            connection = self._open("rw" if must_exist else "rwc")
            bring_up_to_date(connection, self._name, must_exist=must_exist)
            write_ahead(connection)
            self._mark = mark_of_file(self._path)
        except sqlite3.Error as error:
            self.close()
            raise failure(error, self._name, opening=True) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections of all threads; the repository cannot be used any more."""
        with self._lock:
            self._closed = True
            while self._connections:
                self._connections.popitem()[1].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, image_id: str) -> ImageRecord | None:
        """Return the record with this id, as the port says."""
        rows = self._rows(GET, (image_id,))
        return self._record(rows[0][0]) if rows else None

    def get_many(self, image_ids: Iterable[str]) -> Iterator[ImageRecord]:
        """Yield the records with these ids, as the port says."""
        wanted = iter(dict.fromkeys(image_ids))
        while page := tuple(islice(wanted, _PAGE)):
            marks = ", ".join("?" * len(page))
            rows = self._rows(GET.replace("= ?", f"IN ({marks})"), page)
            for (text,) in rows:
                yield self._record(text)

    def put(self, record: ImageRecord, condition: WriteCondition) -> WriteResult:
        """Write on a condition, as the port says."""
        incoming = record.state
        values = values_of(record)
        if isinstance(condition, IfNewer):
            decide(None, incoming, condition)  # refuses a record without a sequencer
            statement = PUT_IF_NEWER
        elif condition.revision is None:
            statement = PUT_IF_ABSENT
        else:
            statement = PUT_IF_REVISION
            values["expected"] = condition.revision
        try:
            connection = self._connection()
            written = connection.execute(statement, values).rowcount
            if written and record.status is Status.DELETED:
                now = floor_seconds(record.processed_at)
                connection.execute(FORGET, (now, record.image_id))
        except sqlite3.Error as error:
            raise failure(error, self._name) from error
        if written:
            # SQLite would go on writing into a file that no longer has a name.
            if mark_of_file(self._path) != self._mark:
                msg = f"{self._name} was deleted or replaced meanwhile: run the command again"
                raise PermanentError(msg)
            return WriteResult.STORED
        if not isinstance(condition, IfNewer):
            return WriteResult.CONFLICT
        same = self._rows(SEQUENCER, (record.image_id,)) == [(record.sequencer,)]
        return WriteResult.DUPLICATE if same else WriteResult.STALE

    def uploaded_between(
        self, since: datetime, until: datetime, *, after: UploadCursor | None = None
    ) -> Iterator[ImageRecord]:
        """Yield the records uploaded in this time, as the port says."""
        start = UploadCursor(ceil_seconds(since), "")
        if after is not None:
            start = max(start, after)
        return self._pages(UPLOADED, start, ceil_seconds(until))

    def list_prefix(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        include_deleted: bool = False,
    ) -> Iterator[ImageRecord]:
        """Yield the records whose keys start with `prefix`, as the port says."""
        start, end = _range(prefix, after)
        return self._pages(LIST, (start,), end, bucket, include_deleted)

    def entries(self, bucket: str, prefix: str = "") -> Iterator[IndexEntry]:
        """Yield what a listing is compared with, as the port says."""
        start, end = _range(prefix)
        while rows := self._rows(ENTRIES, (start, end, bucket, _PAGE)):
            yield from map(IndexEntry._make, rows)
            start = _following(rows[-1][0])

    def scan(self, *, include_deleted: bool = False) -> Iterator[ImageRecord]:
        """Yield every record, as the port says."""
        return self._pages(SCAN, (0,), include_deleted)

    def count(self, bucket: str, prefix: str = "") -> int:
        """Return how many records `list_prefix` would yield."""
        number: int = self._rows(COUNT, (*_range(prefix), bucket))[0][0]
        return number

    def _pages(
        self, query: str, start: tuple[int | str, ...], *conditions: object
    ) -> Iterator[ImageRecord]:
        while rows := self._rows(query, (*start, *conditions, _PAGE)):
            for row in rows:
                yield self._record(row[-1])
            start = rows[-1][:-1]

    def _rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise failure(error, self._name) from error

    def _record(self, text: bytes) -> ImageRecord:
        try:
            return ImageRecord.from_json(text)
        except InvalidRecordError as error:
            raise damaged(error, self._name) from error

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        return self._open("rw") if connection is None else connection

    def _open(self, mode: str) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                msg = f"{self._name} was closed"
                raise PermanentError(msg)
            for thread in [each for each in self._connections if not each.is_alive()]:
                self._connections.pop(thread).close()
            connection = sqlite3.connect(
                f"file:{quote(os.fsencode(self._path))}?mode={mode}",
                uri=True,
                timeout=self._patience,
                isolation_level=None,
                check_same_thread=False,  # only so that close() may close it
            )
            self._connections[threading.current_thread()] = connection
            self._local.connection = connection
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection


def _range(prefix: str, after: str | None = None) -> tuple[str, str | bytes]:
    """Return the first text that starts with `prefix` and stands after `after`, and the end.

    The end is the first value behind all text with that prefix, in the order of SQLite: there,
    every BLOB, the empty one too, is behind every text.
    """
    try:
        prefix.encode()
    except UnicodeEncodeError:
        return "", ""  # a lone surrogate, which no key has
    start = prefix if after is None else max(prefix, _following(after))
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return start, b""
    following = ord(stem[-1]) + 1
    return start, stem[:-1] + chr(_AFTER_SURROGATES if following == _SURROGATES else following)


def _following(text: str) -> str:
    """Return the first text behind `text`: nothing stands between it and itself with a NUL."""
    return text + "\0"
