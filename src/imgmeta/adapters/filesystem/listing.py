"""Listing folders as a bucket: in the order of whole keys, in constant memory."""

import errno
import heapq
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import IO, NamedTuple

from imgmeta.adapters.filesystem.names import name_in_key, name_on_disk, path_of_possible
from imgmeta.core.objects import ListedObject, Listing, UnlistedObject, UnlistedPrefix
from imgmeta.core.timestamps import EPOCH

__all__ = ["CHUNK", "etag_of", "is_real", "list_files", "moment_of", "reason_of"]

CHUNK = 8_192
"""Names of one folder that are held in memory at once; more are sorted on disk."""

_BLOCK = 8_192

_EARLIEST = datetime(1, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

_VANISHED = frozenset({errno.ENOENT, errno.ENOTDIR})
_NO_FILE = _VANISHED | {errno.ELOOP}


class _Folder(NamedTuple):
    # The key, and the path with it, end in a slash, but for the key of the root.
    key: str
    path: bytes
    names: "_SortedNames"


def list_files(
    prefix: str, after: str | None, wanted: Callable[[str], bool] | None
) -> Iterator[Listing]:
    """Yield the regular files whose keys start with `prefix`, as `ObjectStore.list` says.

    Links to files are listed as the files they lead to; links to folders are not entered. No file
    is left open, but one temporary file for each folder on the way that has more than `CHUNK`
    names.

    Args:
        prefix: plain text; need not end where a folder's name does.
        after: pass over this key and all before it, without listing folders that end before it.
        wanted: whether a key is of interest: others cost no `stat`. None: all are.
    """

    def accepts(key: str) -> bool:
        if not key.startswith(prefix):
            return False
        if key.endswith("/"):
            return after is None or key > after or after.startswith(key)
        return (after is None or key > after) and (wanted is None or wanted(key))

    start, slash, _ = prefix.rpartition("/")
    path = path_of_possible(start) if start else b"/" if not slash else None
    if path is None or not is_real(path):
        return
    stack: list[_Folder] = []
    try:
        unlisted = _enter(stack, start + slash, path.rstrip(b"/") + b"/", accepts)
        if unlisted:
            yield UnlistedPrefix(prefix, unlisted.reason)
        while stack:
            folder = stack[-1]
            name = next(folder.names, None)
            if name is None:
                stack.pop().names.close()
                continue
            key, path = folder.key + name, folder.path + name_on_disk(name)
            found = _enter(stack, key, path, accepts) if name.endswith("/") else _file(key, path)
            if found:
                yield found
    finally:
        for folder in stack:
            folder.names.close()


def is_real(folder: bytes) -> bool:
    """Return whether no part of the path of this folder is a link."""
    return os.path.realpath(folder) == folder


def etag_of(status: os.stat_result) -> str:
    """Return the mark of a file's content: its size and its time of change, in nanoseconds."""
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"


def moment_of(nanoseconds: int) -> datetime:
    """Return the time so many nanoseconds after 1970 in UTC, or the nearest that there is."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return _LATEST if nanoseconds > 0 else _EARLIEST


def reason_of(error: OSError) -> str:
    """Return what the operating system says of an error, for people."""
    return (error.strerror or str(error)).lower()


def _enter(
    stack: list[_Folder], key: str, path: bytes, accepts: Callable[[str], bool]
) -> UnlistedPrefix | None:
    try:
        names = _SortedNames(path, lambda name: accepts(key + name))
    except OSError as error:
        return None if error.errno in _VANISHED else UnlistedPrefix(key, reason_of(error))
    stack.append(_Folder(key, path, names))
    return None


def _file(key: str, path: bytes) -> Listing | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - Path has no bytes
    except OSError as error:
        return None if error.errno in _NO_FILE else UnlistedObject(key, reason_of(error))
    if not stat.S_ISREG(status.st_mode):
        return None
    return ListedObject(key, status.st_size, etag_of(status), moment_of(status.st_mtime_ns))


class _SortedNames:
    """The names in one folder, those of folders with a slash behind them, in key order.

    A folder's keys all start with its name and a slash, so that is what it is sorted by. More than
    `CHUNK` names are sorted piece by piece, the pieces kept in one temporary file and merged.
    """

    _file: IO[bytes] | None = None

    def __init__(self, path: bytes, accepts: Callable[[str], bool]) -> None:
        self._pieces: list[tuple[int, int]] = []
        try:
            last = self._scan(path, accepts)
        except BaseException:
            self.close()
            raise
        last.sort()
        self._names = iter(last)
        if self._file:
            pieces = [_read(self._file.fileno(), *piece) for piece in self._pieces]
            self._names = heapq.merge(*pieces, last)

    def __next__(self) -> str:
        return next(self._names)

    def close(self) -> None:
        """Remove the temporary file, if there is one."""
        if self._file:
            self._file.close()

    def _scan(self, path: bytes, accepts: Callable[[str], bool]) -> list[str]:
        names: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                name = name_in_key(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    name += "/"
                elif not (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
                    continue
                if not accepts(name):
                    continue
                names.append(name)
                if len(names) == CHUNK:
                    self._spill(names)
                    names.clear()
        return names

    def _spill(self, names: list[str]) -> None:
        names.sort()
        self._file = self._file or tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - see close
        # NUL is the one character that no name holds.
        data = "".join(f"{name}\0" for name in names).encode()
        start = self._file.tell()
        self._file.write(data)
        self._pieces.append((start, start + len(data)))


def _read(file: int, start: int, end: int) -> Iterator[str]:
    rest = b""
    while start < end:
        block = os.pread(file, min(_BLOCK, end - start), start)
        start += len(block)
        *names, rest = (rest + block).split(b"\0")
        for name in names:
            yield name.decode()
