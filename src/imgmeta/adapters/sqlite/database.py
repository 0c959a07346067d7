"""The SQLite store's file: where it may be, whose it is, its layout, and what its errors mean."""

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
    TransientError,
)

__all__ = [
    "APPLICATION_ID",
    "MIGRATIONS",
    "bring_up_to_date",
    "check_place",
    "damaged",
    "failure",
    "mark_of_file",
    "write_ahead",
]

APPLICATION_ID = 0x494D474D
"""`IMGM`, in the header of a database file that is ours (SQLite, "PRAGMA application_id")."""

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
        # Status stands in the index so that tombstones are passed over, and records counted,
        # without reading them. The collation is BINARY: the order of UTF-8 bytes.
        "CREATE INDEX BucketKeyIndex ON Images (BucketName, ObjectKey, Status)",
        """
        CREATE INDEX UploadTimestampIndex ON Images (UploadTimestamp, ImageId)
        WHERE UploadTimestamp IS NOT NULL AND Status <> 'deleted'
        """,
        "CREATE INDEX ExpiresAtIndex ON Images (ExpiresAt) WHERE Status = 'deleted'",
    ),
)
"""What makes each schema version (`PRAGMA user_version`) of the one before it; the first, of 0."""

_REMEDY = ": delete it, and `imgmeta sync` makes it anew"

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

_UNUSABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
"""What opening ends with where files may not be read or written: a reader writes its marks too."""

# One statement, so one snapshot: the answers belong together even while another process migrates.
_STANDING = """
    SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
    FROM pragma_application_id, pragma_user_version
"""


def bring_up_to_date(connection: sqlite3.Connection, name: str, *, must_exist: bool) -> None:
    """Make the database one of today's schema, whatever version of ours it is, or is none yet.

    Each migration is one transaction; of several processes that start together, one makes it and
    the others find it made.

    Args:
        connection: in autocommit mode.
        name: what the database is called in messages.
        must_exist: refuse a database that holds nothing yet.

    Raises:
        ConfigurationError: the database is another application's, or a newer imgmeta's; or there
            is none, and there must be.
    """
    version = _version(connection, name)
    if version == 0 and must_exist:
        msg = f"there is no index at {name}: run `imgmeta sync` first, or give another --store"
        raise ConfigurationError(msg)
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
    application, version, tables = connection.execute(_STANDING).fetchone()
    if (application, version, tables) == (0, 0, 0):
        return 0
    if application != APPLICATION_ID:
        msg = f"{name} is another application's database: give another path for the index"
        raise ConfigurationError(msg)
    if version > len(MIGRATIONS):
        msg = (
            f"{name} was written by a newer imgmeta (schema {version}; this one knows "
            f"{len(MIGRATIONS)}): upgrade imgmeta"
        )
        raise ConfigurationError(msg)
    return version


def check_place(path: str, name: str, *, must_exist: bool) -> None:
    """Refuse, in words that say what to do, what SQLite would refuse in its own."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - the rest of this module has no Path either
    except (FileNotFoundError, NotADirectoryError) as error:
        if must_exist:
            msg = f"there is no index at {name}: run `imgmeta sync` first, or give another --store"
            raise ConfigurationError(msg) from error
        folder = os.path.dirname(path)  # noqa: PTH120 - as above
        if not os.path.isdir(folder):  # noqa: PTH112 - as above
            msg = f"there is no folder {printable(folder)}: make it, or give another path"
            raise ConfigurationError(msg) from error
    except OSError as error:
        msg = f"cannot open {name}: {error.strerror}"
        raise ConfigurationError(msg) from error
    else:
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a file"
            msg = f"{name} is {kind}: give the path of a file for the index"
            raise ConfigurationError(msg)


def mark_of_file(path: str) -> tuple[int, int] | None:
    """Return what tells the file at `path` from any other; None if there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - Path has no bytes
    except OSError:
        return None
    return status.st_dev, status.st_ino


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the database to its write-ahead log, in which it then stays.

    SQLite does not wait for others here, as two that try at once would wait for each other.
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


def damaged(error: InvalidRecordError, name: str) -> InvalidRecordError:
    """Return the error that says where the thing is that is no record, and what to do."""
    return InvalidRecordError(f"{name} is damaged ({error}){_REMEDY}")


def _primary(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)  # None: the module's own error
    return None if code is None else code & 0xFF


def failure(error: sqlite3.Error, name: str, *, opening: bool = False) -> ImgmetaError:
    """Return the error that says in imgmeta's words what SQLite said in its own.

    Args:
        error: SQLite's.
        name: what the database is called in messages.
        opening: whether it happened while the database was opened.
    """
    code = _primary(error)
    reason = printable(str(error))
    if code == sqlite3.SQLITE_NOTADB:
        return ConfigurationError(f"{name} is not an index of imgmeta: give another path")
    if code in _UNUSABLE and opening:
        return ConfigurationError(
            f"cannot open {name}: see that you may read and write it and its folder"
        )
    if code in _TRANSIENT:
        return TransientError(f"{name} cannot answer now: {reason}")
    if code == sqlite3.SQLITE_CORRUPT:
        return PermanentError(f"{name} is damaged{_REMEDY}")
    return PermanentError(f"{name} cannot be used: {reason}")
