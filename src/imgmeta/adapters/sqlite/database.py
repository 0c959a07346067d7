"""The SQLite file: location checks, schema, migrations and error translation."""

import os
import sqlite3
import stat
import time

from imgmeta.core.text import printable
from imgmeta.errors import (
    ConfigurationError,
    ImgmetaError,
    InvalidRecordError,
    PermanentError,
    Remedy,
    TransientError,
)

__all__ = [
    "APPLICATION_ID",
    "MIGRATIONS",
    "check_path",
    "database_error",
    "enable_wal",
    "file_identity",
    "invalid_record_error",
    "migrate",
]

APPLICATION_ID = 0x494D474D
"""`IMGM`, in the header of an imgmeta database (SQLite, "PRAGMA application_id")."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE Images (
            Number INTEGER PRIMARY KEY,
            ImageId TEXT NOT NULL UNIQUE,
            BucketName TEXT NOT NULL,
            ObjectKey TEXT NOT NULL,
            Status TEXT NOT NULL,
            Revision TEXT NOT NULL,
            Sequencer TEXT,
            UploadTimestamp INTEGER,
            ExpiresAt INTEGER,
            FileSize INTEGER,
            ETag TEXT,
            ReaderVersion INTEGER,
            Latitude REAL,
            Longitude REAL,
            Altitude REAL,
            Record TEXT NOT NULL
        )
        """,
        # With Status in the index, tombstones are skipped and records counted without reading
        # the table. The collation is BINARY: the order of UTF-8 bytes.
        "CREATE INDEX BucketKeyIndex ON Images (BucketName, ObjectKey, Status)",
        """
        CREATE INDEX UploadTimestampIndex ON Images (UploadTimestamp, ImageId)
        WHERE UploadTimestamp IS NOT NULL AND Status <> 'deleted'
        """,
        "CREATE INDEX ExpiresAtIndex ON Images (ExpiresAt) WHERE Status = 'deleted'",
    ),
    (
        "ALTER TABLE Images ADD COLUMN StorageClass TEXT",
        "ALTER TABLE Images ADD COLUMN ContentError TEXT",
        # In microseconds since 1970; NULL in records that an older imgmeta wrote.
        "ALTER TABLE Images ADD COLUMN ProcessedAt INTEGER",
    ),
)
"""The statements that migrate the schema from each version (`PRAGMA user_version`) to the next."""

_REBUILD = "delete the file and sync again"

_WAL_ATTEMPTS = 200
_WAL_PAUSE = 0.025

_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,
    }
)
"""Primary result codes (SQLite, "Result and Error Codes") after which the same call may succeed."""

_NOT_PERMITTED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""Result codes of opening a file without permission. Readers of a write-ahead log also write."""

# One statement, so that all values are from one snapshot while another process migrates.
_SELECT_VERSION = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


def migrate(connection: sqlite3.Connection, name: str, *, must_exist: bool) -> None:
    """Create the schema, or migrate an older one to the current version.

    Each migration is one transaction. Of several processes that start concurrently, one runs it.

    Args:
        connection: in autocommit mode.
        name: the database's name in messages.
        must_exist: raise an error if the database is empty.

    Raises:
        ConfigurationError: the database is empty but must exist, belongs to another application,
            or was written by a newer imgmeta.
    """
    version = _version(connection, name)
    if version == 0 and must_exist:
        raise _no_index(name)
    while version < len(MIGRATIONS):
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            version = _version(connection, name)
            if version < len(MIGRATIONS):
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                version += 1
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {version}")


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


def _no_index(name: str) -> ConfigurationError:
    return ConfigurationError(f"there is no index at {name}", remedy=Remedy.SYNC_FIRST)


def check_path(path: str, name: str, *, must_exist: bool) -> None:
    """Raise ConfigurationError if there cannot be an index at `path`.

    Args:
        path: absolute.
        name: the database's name in messages.
        must_exist: raise an error if there is no file.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - this module uses no Path
    except (FileNotFoundError, NotADirectoryError) as error:
        if must_exist:
            raise _no_index(name) from error
        folder = os.path.dirname(path)  # noqa: PTH120 - as above
        if not os.path.isdir(folder):  # noqa: PTH112 - as above
            msg = f"there is no folder {printable(folder)}: create it, or use another path"
            raise ConfigurationError(msg) from error
    except OSError as error:
        msg = f"cannot open {name}: {str(error.strerror).lower()}: check the path"
        raise ConfigurationError(msg) from error
    else:
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            msg = f"{name} is {kind}: use the path of a file for the index"
            raise ConfigurationError(msg)


def file_identity(path: str) -> tuple[int, int] | None:
    """Return the device and inode number of the file at `path`; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return None
    return status.st_dev, status.st_ino


def enable_wal(connection: sqlite3.Connection) -> None:
    """Switch the database to its write-ahead log, permanently.

    SQLite's own timeout does not apply: two connections that switch concurrently would deadlock.
    """
    attempts = 1
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            if _primary(error) != sqlite3.SQLITE_BUSY or attempts == _WAL_ATTEMPTS:
                raise
            attempts += 1
            time.sleep(_WAL_PAUSE)
        else:
            return


def invalid_record_error(error: InvalidRecordError, name: str) -> InvalidRecordError:
    """Return the error for stored data that is not a valid record, naming the database."""
    return InvalidRecordError(f"{name} is damaged ({error}): {_REBUILD}")


def _primary(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # None: raised by the Python module
    return None if code is None else code & 0xFF


def database_error(error: sqlite3.Error, name: str, *, opening: bool = False) -> ImgmetaError:
    """Return the imgmeta error for an SQLite error.

    Args:
        error: the error.
        name: the database's name in messages.
        opening: whether the error occurred while the database was opened.
    """
    code = _primary(error)
    reason = printable(str(error))
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigurationError(f"{name} is not an imgmeta index", remedy=Remedy.STORE)
    if code in _NOT_PERMITTED and opening:
        return ConfigurationError(
            f"cannot open {name}: check the permissions of the file and its folder"
        )
    if code in _TRANSIENT:
        return TransientError(f"{name} is temporarily unavailable: {reason}")
    if code == sqlite3.SQLITE_CORRUPT:
        return PermanentError(f"{name} is damaged: {_REBUILD}")
    return PermanentError(f"cannot use {name}: {reason}")
