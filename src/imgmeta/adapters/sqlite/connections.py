"""SQLite connections: one for each thread, and all of them closed by any thread."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from imgmeta.adapters.sqlite.database import is_busy
from imgmeta.errors import ImgmetaError, PermanentError

__all__ = ["ATTEMPT_SECONDS", "Connections", "Parameters"]

Parameters = Sequence[object]
"""The parameters of a statement, by position."""

ATTEMPT_SECONDS = 0.5
"""How long one attempt of a statement waits for a lock of another connection.

A waiting statement can be neither interrupted nor closed, so longer waits consist of attempts."""

_Result = TypeVar("_Result")


class Connections:
    """The connections of one repository, one for each thread that uses it.

    SQLite crashes if a connection is closed while another thread uses it (SQLite, "Closing A
    Database Connection"), so each connection has a lock, which a statement holds until its rows are
    fetched.

    Args:
        connect: opens a connection.
        translate: returns the imgmeta error for an error of a connection.
        name: the database's name in messages.
        patience: how many seconds a statement waits for locks of other connections.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        translate: Callable[[sqlite3.Error | UnicodeDecodeError], ImgmetaError],
        name: str,
        *,
        patience: float,
    ) -> None:
        self._connect = connect
        self._translate = translate
        self._name = name
        self._patience = patience
        self._lock = threading.Lock()
        self._local = threading.local()
        self._opened: dict[threading.Thread, _Connection] = {}
        self._closed = False

    def run(self, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Return the result of `action` on the connection of the current thread.

        Raises:
            ImgmetaError: SQLite's error, translated.
            PermanentError: the connections were closed.
        """
        own: _Connection = getattr(self._local, "own", None) or self._register(self._connect)
        deadline = time.monotonic() + self._patience
        while True:
            try:
                with own.lock:
                    if self._closed:
                        raise self._closed_error()
                    return action(own.connection)
            except (sqlite3.Error, UnicodeDecodeError) as error:
                if not is_busy(error) or time.monotonic() >= deadline:
                    raise self._translate(error) from error

    def rows(self, statement: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        """Run a query and return its rows; see `run`.

        Invalid bytes in damaged text become surrogates.
        """
        return self.run(lambda connection: _fetch(connection, statement, parameters))

    def write(self, statement: str, parameters: Parameters) -> int:
        """Run a statement that writes and return the number of changed rows; see `run`."""
        return self.run(lambda connection: connection.execute(statement, parameters).rowcount)

    def write_all(self, action: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Run an action that writes in one transaction; see `run`.

        The action runs again, in another transaction, if a lock prevented the first one.
        """

        def transaction(connection: sqlite3.Connection) -> _Result:
            try:
                connection.execute("BEGIN IMMEDIATE")
                result = action(connection)
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
            return result

        return self.run(transaction)

    def add(self, connection: sqlite3.Connection) -> None:
        """Use an open connection in the current thread.

        Raises:
            PermanentError: the connections were closed.
        """
        self._register(lambda: connection)

    def close(self) -> None:
        """Close all connections, after the statements that run; later ones raise PermanentError."""
        with self._lock:
            self._closed = True
            opened = list(self._opened.values())
            self._opened.clear()
        for each in opened:
            each.close()

    def _register(self, connect: Callable[[], sqlite3.Connection]) -> "_Connection":
        with self._lock:
            if self._closed:
                raise self._closed_error()
            for thread in [each for each in self._opened if not each.is_alive()]:
                self._opened.pop(thread).close()
            try:
                own = _Connection(connect())
            except sqlite3.Error as error:
                raise self._translate(error) from error
            self._opened[threading.current_thread()] = own
        self._local.own = own
        return own

    def _closed_error(self) -> PermanentError:
        return PermanentError(f"cannot use {self._name}: the repository was closed")


def _decode(text: bytes) -> str:
    return text.decode(errors="surrogateescape")


def _fetch(
    connection: sqlite3.Connection, statement: str, parameters: Parameters
) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(statement, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if hasattr(error, "sqlite_errorcode"):
            raise
    # The Python module could not decode a text; decoding all texts tolerantly takes more time.
    connection.text_factory = _decode
    try:
        return connection.execute(statement, parameters).fetchall()
    finally:
        connection.text_factory = str


class _Connection:
    """A connection, and the lock that a thread holds while it uses it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()

    def close(self) -> None:
        """Close the connection once no thread uses it."""
        with self.lock:
            self.connection.close()
