"""The database: its migration and journal mode, and the translation of SQLite's errors."""

import sqlite3
import time
from itertools import chain

from imgmeta.adapters.sqlite.schema import APPLICATION_ID, MIGRATIONS, UNFILLED_VERSION, fill_batch
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError, ImgmetaError, PermanentError, Remedy, TransientError

__all__ = [
    "MIGRATIONS",
    "damaged_error",
    "database_error",
    "enable_wal",
    "is_busy",
    "is_corrupt",
    "is_unsupported",
    "migrate",
    "no_index_error",
    "unsupported_error",
]

_DISK_FAILURE = (
    "its disk cannot be read or written: check the disk, and the limits of file sizes and usage"
)

_IS_VIEW = "because it is a view"
"""The end of SQLite's message for a write to the view that shows a reader an older schema."""

_WAL_ATTEMPTS = 200
_WAL_PAUSE = 0.025

_REBUILD = "delete the file and sync again"

_TRANSIENT = {
    sqlite3.SQLITE_BUSY: "it is locked by another program: try again once that has ended",
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_INTERRUPT: "the query was interrupted: try again",
    sqlite3.SQLITE_LOCKED: "a table is locked: try again",
    sqlite3.SQLITE_NOMEM: "SQLite is out of memory: close other programs",
    sqlite3.SQLITE_SCHEMA: "its schema changed: try again",
}
"""Reasons of primary result codes (SQLite, "Result and Error Codes") after which the same call may
succeed."""

_UNSUPPORTED = frozenset(
    {
        sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
        sqlite3.SQLITE_IOERR_SHMLOCK,
        sqlite3.SQLITE_IOERR_SHMMAP,
        sqlite3.SQLITE_IOERR_SHMOPEN,
        sqlite3.SQLITE_IOERR_SHMSIZE,
        sqlite3.SQLITE_IOERR_UNLOCK,
        sqlite3.SQLITE_PROTOCOL,
    }
)
"""Extended result codes on file systems without shared memory maps or POSIX locks, such as network
folders, 9p and shared folders of virtual machines."""

_NOT_PERMITTED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""Result codes of opening a file without permission. Readers of a write-ahead log also write."""

# One statement, so that all values are from one snapshot while another process migrates.
_SELECT_VERSION = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


def migrate(
    connection: sqlite3.Connection, name: str, *, must_exist: bool, keep_schema: bool
) -> bool:
    """Create the schema, or migrate an older one to the current version.

    Each migration is one transaction; all those of a new database are one together. Of several
    processes that start concurrently, one runs it. Between two migrations, the rows of an older
    database are filled, in more transactions.

    Args:
        connection: in autocommit mode.
        name: the database's name in messages.
        must_exist: raise an error if the database is empty.
        keep_schema: leave an older schema as it is: see `schema.add_missing_columns`.

    Returns:
        Whether the database was empty.

    Raises:
        ConfigurationError: the database is empty but must exist, belongs to another application,
            or was written by a newer imgmeta.
    """
    version = _version(connection, name)
    is_new = version == 0
    if is_new and must_exist:
        raise no_index_error(name)
    if keep_schema:
        return False
    while version < len(MIGRATIONS):
        if version == UNFILLED_VERSION:
            _fill(connection, name)
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            found = _version(connection, name)
            # A version that another process migrated meanwhile may have to be filled first.
            if found == version:
                found = version + 1 if version else len(MIGRATIONS)
                for statement in chain.from_iterable(MIGRATIONS[version:found]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {found}")
        version = found
    return is_new


def _fill(connection: sqlite3.Connection, name: str) -> None:
    """Fill the columns of all rows, in transactions of bounded size.

    A killed process leaves filled rows, and the next one fills the others. Several processes may
    fill rows concurrently.
    """
    number: int | None = 0
    while number is not None:
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            if _version(connection, name) != UNFILLED_VERSION:
                return
            number = fill_batch(connection, number)


def _version(connection: sqlite3.Connection, name: str) -> int:
    application: int
    version: int
    tables: int
    application, version, tables = connection.execute(_SELECT_VERSION).fetchone()
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID:
        msg = f"{name} is a database of another application"
        raise ConfigurationError(msg, remedy=Remedy.STORE)
    if version > len(MIGRATIONS):
        msg = (
            f"{name} was written by a newer imgmeta (schema {version}; this version supports "
            f"{len(MIGRATIONS)}): upgrade imgmeta"
        )
        raise ConfigurationError(msg)
    return version


def no_index_error(name: str) -> ConfigurationError:
    """Return the error for a missing or empty database."""
    return ConfigurationError(f"there is no index at {name}", remedy=Remedy.SYNC_FIRST)


def unsupported_error(name: str) -> ConfigurationError:
    """Return the error for a file system on which SQLite does not work."""
    return ConfigurationError(
        f"cannot use {name}: its file system does not support SQLite's locks: put the index on a "
        "local disk"
    )


def is_unsupported(error: Exception) -> bool:
    """Return whether the file system may not support locks, or shared memory maps."""
    return getattr(error, "sqlite_errorcode", None) in _UNSUPPORTED


def is_busy(error: Exception) -> bool:
    """Return whether another connection holds a lock that is needed."""
    return _primary(error) == sqlite3.SQLITE_BUSY


def is_corrupt(error: Exception) -> bool:
    """Return whether the structure of the database is damaged."""
    # The Python module cannot decode SQLite's message if a damaged name is part of it.
    return isinstance(error, UnicodeDecodeError) or _primary(error) == sqlite3.SQLITE_CORRUPT


def damaged_error(name: str) -> PermanentError:
    """Return the error for a database whose structure is damaged."""
    return PermanentError(f"{name} is damaged: {_REBUILD}")


def _primary(error: Exception) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # None: raised by the Python module
    return None if code is None else code & 0xFF


def database_error(error: Exception, name: str, *, opening: bool = False) -> ImgmetaError:
    """Return the imgmeta error for an error of a connection.

    Args:
        error: an error of SQLite or its Python module.
        name: the database's name in messages.
        opening: whether the error occurred while the database was opened.
    """
    code = _primary(error)
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigurationError(f"{name} is not an imgmeta index", remedy=Remedy.STORE)
    if code in _NOT_PERMITTED and opening:
        return ConfigurationError(
            f"cannot open {name}: check the permissions of the file and its folder, and of its "
            "-wal and -shm files"
        )
    if is_unsupported(error):
        return unsupported_error(name)
    if code in _TRANSIENT:
        return TransientError(f"cannot use {name}: {_TRANSIENT[code]}")
    if is_corrupt(error):
        return damaged_error(name)
    action, reason = "use", printable(str(error))
    if code == sqlite3.SQLITE_IOERR:
        reason = _DISK_FAILURE
    elif code == sqlite3.SQLITE_READONLY or reason.endswith(_IS_VIEW):
        action, reason = "write to", "check the permissions of the file and its folder"
    return PermanentError(f"cannot {action} {name}: {reason}")


def enable_wal(connection: sqlite3.Connection) -> str:
    """Switch the database to its write-ahead log, permanently; return the journal mode.

    The mode is another one if the file system is known not to support a log. SQLite's own timeout
    does not apply: two connections that switch concurrently would deadlock.
    """
    attempts = 1
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode == "wal":
                # The switch itself does not use the shared memory of the log.
                connection.execute("BEGIN IMMEDIATE").execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or attempts == _WAL_ATTEMPTS:
                raise
            attempts += 1
            time.sleep(_WAL_PAUSE)
        else:
            return str(mode)
