"""The file of an index: its creation, and the access to it."""

import os
import sqlite3
import stat
from contextlib import suppress
from urllib.parse import quote

from imgmeta.adapters.sqlite.connections import ATTEMPT_SECONDS
from imgmeta.adapters.sqlite.database import (
    damaged_error,
    database_error,
    enable_wal,
    is_busy,
    is_corrupt,
    is_unsupported,
    migrate,
    no_index_error,
    unsupported_error,
)
from imgmeta.adapters.sqlite.functions import add_functions
from imgmeta.adapters.sqlite.schema import add_missing_columns
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError, ImgmetaError, TransientError

__all__ = ["IndexFile"]

_CREATION_SECONDS = 5.0
"""How long to wait for other processes that create the same index."""

_WAL_SUFFIX, _SHM_SUFFIX = "-wal", "-shm"
_COMPANIONS = (_WAL_SUFFIX, _SHM_SUFFIX, "-journal")
"""Suffixes of the files that SQLite creates beside a database (SQLite, "Temporary Files")."""

_WAL_VERSION = (18, b"\2\2")
"""Offset and content of the header of a database with a write-ahead log (SQLite, "Database File
Format", 1.3.3)."""

_CHECKPOINT_PAGES = 4000
"""Pages of the write-ahead log, of 4 KiB, after which they are copied to the database. Each write
changes a page of every index, and the same ones often change again, so that fewer copies take less
time than SQLite's default, 1,000 pages."""

_PRIVATE = 0o600
"""Permissions of a new index, which may contain places. SQLite copies them to its other files."""

_READ_WRITE = "mode=rw"
_READ_ONLY = "mode=ro"
# Without a write-ahead log, nothing is created beside the database, and it needs no locks.
_IMMUTABLE = "mode=ro&immutable=1"
_EXISTING_LOG = "mode=ro&readonly_shm=1"


class IndexFile:
    """The file of an index, and how this process opens it.

    Args:
        path: the file.
        must_exist: do not create it, and open it read-only if it cannot be written.
        keep_schema: do not migrate an older schema.

    Raises:
        ConfigurationError: the path is relative to a working directory that was deleted.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, must_exist: bool, keep_schema: bool = False
    ) -> None:
        try:
            # SQLite creates its other files beside the target of a link.
            self._path = os.path.realpath(path)
        except FileNotFoundError as error:
            msg = "the working directory was deleted: change to another one, or use absolute paths"
            raise ConfigurationError(msg) from error
        self._must_exist = must_exist
        self._keep_schema = keep_schema
        self._access = _READ_WRITE
        self._identity: tuple[int, int] | None = None
        self.name = printable(os.fspath(path))
        self.is_outdated = False

    def open(self, *, timeout: float) -> sqlite3.Connection:
        """Create or open the database, with the current schema; return the first connection.

        Args:
            timeout: how many seconds to wait for locks of other connections meanwhile.

        Raises:
            sqlite3.Error: the file cannot be used.
            ConfigurationError: the file cannot be used, or is not an index.
        """
        created = False
        if self._check_path():
            self._access = self._choose_access()
        else:
            created = self._create()
        if created:
            timeout = min(timeout, _CREATION_SECONDS)
        try:
            connection = self._prepare(timeout)
            connection.execute(f"PRAGMA busy_timeout = {int(ATTEMPT_SECONDS * 1000)}")
        except BaseException as error:
            if created:
                self._remove()
            # Nobody else uses a new file, so its lock is one that the file system cannot grant.
            if created and isinstance(error, sqlite3.Error) and is_busy(error):
                raise unsupported_error(self.name) from error
            raise
        self._identity = self._current_identity()
        return connection

    def connect(self, *, timeout: float = ATTEMPT_SECONDS) -> sqlite3.Connection:
        """Return another connection.

        Raises:
            sqlite3.Error: the file cannot be opened.
        """
        connection = self._connect(timeout)
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}").fetchone()
            add_functions(connection)
            if self._keep_schema or self._access != _READ_WRITE:
                self.is_outdated = add_missing_columns(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def is_replaced(self) -> bool:
        """Return whether the file was deleted or replaced since it was opened."""
        return self._current_identity() != self._identity

    def error(self, error: sqlite3.Error | UnicodeDecodeError) -> ImgmetaError:
        """Return the imgmeta error for an error of a connection."""
        return self.damaged_error() if is_corrupt(error) else database_error(error, self.name)

    def damaged_error(self) -> ImgmetaError:
        """Return the error for data that only a damaged database has."""
        # SQLite does not lock such a file, so it may read pages before and after a change.
        if self._access == _IMMUTABLE:
            return TransientError(f"{self.name} was changed while it was read: try again")
        return damaged_error(self.name)

    def _check_path(self) -> bool:
        """Return whether there is a file; raise ConfigurationError if it cannot be an index."""
        try:
            mode = os.stat(self._path).st_mode  # noqa: PTH116 - this module uses no Path
        except (FileNotFoundError, NotADirectoryError) as error:
            if self._must_exist:
                raise no_index_error(self.name) from error
            folder = os.path.dirname(self._path)  # noqa: PTH120 - as above
            if not os.path.isdir(folder):  # noqa: PTH112 - as above
                msg = f"there is no folder {printable(folder)}: create it, or use another path"
                raise ConfigurationError(msg) from error
            return False
        except OSError as error:
            msg = f"cannot open {self.name}: {str(error.strerror).lower()}: check the path"
            raise ConfigurationError(msg) from error
        if not stat.S_ISREG(mode):
            kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
            msg = f"{self.name} is {kind}: use the path of a file for the index"
            raise ConfigurationError(msg)
        return True

    def _choose_access(self) -> str:
        if self._is_writable():
            return _READ_WRITE
        if not self._must_exist:
            msg = f"cannot write to {self.name}: check the permissions of the file and its folder"
            raise ConfigurationError(msg)
        if not self._has_log():
            return _READ_ONLY
        log = self._path + _WAL_SUFFIX
        if not os.path.exists(log) or not os.path.getsize(log):  # noqa: PTH110, PTH202 - as above
            return _IMMUTABLE
        if not os.path.exists(self._path + _SHM_SUFFIX):  # noqa: PTH110 - as above
            # Opening it would create this file, which then belongs to a reader.
            msg = (
                f"cannot read {self.name}: a program that wrote to it was interrupted: its owner "
                "must open it first, for example with `imgmeta stats`"
            )
            raise ConfigurationError(msg)
        return _EXISTING_LOG

    def _is_writable(self) -> bool:
        """Return whether the file, its folder and its write-ahead log can be written."""
        folder = os.path.dirname(self._path)  # noqa: PTH120 - as above
        log = (self._path + suffix for suffix in (_WAL_SUFFIX, _SHM_SUFFIX))
        effective = os.access in os.supports_effective_ids

        def is_denied(path: str) -> bool:
            return not os.access(path, os.W_OK, effective_ids=effective)

        # Other processes create and delete the log meanwhile, so that it must exist before and
        # after the check. A rollback journal comes and goes too often for that; SQLite checks it.
        return not (is_denied(self._path) or is_denied(folder)) and not any(
            os.path.exists(each) and is_denied(each) and os.path.exists(each)  # noqa: PTH110 - as above
            for each in log
        )

    def _has_log(self) -> bool:
        offset, version = _WAL_VERSION
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123 - as above
                file.seek(offset)
                return file.read(len(version)) == version
        except OSError:
            return False  # SQLite reports it

    def _create(self) -> bool:
        """Return whether this process created the file: another may be faster."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        try:
            os.close(os.open(self._path, flags, _PRIVATE))
        except FileExistsError:
            return False
        except OSError as error:
            reason = str(error.strerror).lower()
            msg = f"cannot create {self.name}: {reason}: check its folder, or use another path"
            raise ConfigurationError(msg) from error
        return True

    def _remove(self) -> None:
        for suffix in ("", *_COMPANIONS):
            with suppress(OSError):
                os.unlink(self._path + suffix)  # noqa: PTH108 - as above

    def _prepare(self, timeout: float) -> sqlite3.Connection:
        try:
            return self._migrate(timeout)
        except sqlite3.OperationalError as error:
            if not is_unsupported(error) or self._access != _READ_WRITE:
                raise
        self._disable_wal(timeout)
        return self._migrate(timeout)

    def _migrate(self, timeout: float) -> sqlite3.Connection:
        connection = self.connect(timeout=timeout)
        try:
            keep = self._keep_schema or self._access != _READ_WRITE
            if migrate(connection, self.name, must_exist=self._must_exist, keep_schema=keep):
                enable_wal(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _disable_wal(self, timeout: float) -> None:
        """Switch the database to a rollback journal, permanently.

        A write-ahead log needs shared memory unless one connection has exclusive access (SQLite,
        "Write-Ahead Logging", "Use of WAL Without Shared-Memory").
        """
        connection = self._connect(timeout)
        try:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
        finally:
            connection.close()
        if mode != "delete":
            raise unsupported_error(self.name)
        # The failed attempts to use the log may have created it; SQLite has deleted the log itself.
        with suppress(OSError):
            os.unlink(self._path + _SHM_SUFFIX)  # noqa: PTH108 - as above

    def _connect(self, timeout: float) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(os.fsencode(self._path))}?{self._access}",
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,  # close() runs in any thread
        )

    def _current_identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path)  # noqa: PTH116 - as above
        except OSError:
            return None
        return status.st_dev, status.st_ino
