"""Listings of folders in key order, in constant memory."""

import errno
import heapq
import os
import stat
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, NamedTuple

from imgmeta.adapters.file_errors import error_reason
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.adapters.filesystem.names import (
    FLAVOR,
    is_junction,
    is_link,
    object_path,
    relative_path,
)
from imgmeta.adapters.filesystem.reading import read_at
from imgmeta.core.file_names import to_key_part
from imgmeta.core.objects import ListedObject, Listing, UnlistedObject, UnlistedPrefix
from imgmeta.core.timestamps import time_from_microseconds

__all__ = [
    "CHUNK",
    "changed_ns",
    "file_etag",
    "file_status",
    "has_no_links",
    "list_files",
    "modification_time",
]

CHUNK = 8_192
"""Maximum number of names of one folder in memory; more are sorted on disk."""

_BLOCK = 8_192


_SEPARATOR = FLAVOR.separator
_NO_COMMON_ROOT = "Windows has a root for each drive: pass a drive, such as C:/"

_VANISHED = frozenset({errno.ENOENT, errno.ENOTDIR})
_NO_OBJECT = _VANISHED | {errno.ELOOP}


class _Folder(NamedTuple):
    # The key and the path end in a separator, except for the root's key, which is empty.
    key: str
    path: bytes
    names: "_SortedNames"


class _Selection(NamedTuple):
    """The arguments of `list_files`."""

    prefix: str
    after: str | None
    wanted: Callable[[str], bool] | None
    skipped: Callable[[str, str], object] | None

    def accepts(self, key: str) -> bool:
        """Return whether to list the file, or the folder, with this key."""
        after = self.after
        if not key.startswith(self.prefix):
            return False
        if key.endswith("/"):
            return after is None or key > after or after.startswith(key)
        return (after is None or key > after) and (self.wanted is None or self.wanted(key))

    def skip(self, key: str, reason: str) -> None:
        """Report a file that is not an object."""
        if self.skipped is not None and self.accepts(f"{key}/"):
            self.skipped(key, reason)


def list_files(
    prefix: str,
    after: str | None,
    wanted: Callable[[str], bool] | None,
    skipped: Callable[[str, str], object] | None = None,
) -> Iterator[Listing]:
    """Yield the regular files whose keys start with `prefix`: see `ObjectStore.list`.

    A link to a file is listed like the file; links to folders are not followed. No file stays
    open, except one temporary file for each open folder with more than `CHUNK` names.

    Args:
        prefix: plain text; need not end with a complete folder name.
        after: skip this key and all before it, and do not open folders that end before it.
        wanted: selects keys; for other keys, `stat` is not called. None selects all.
        skipped: is called with the key and the reason for each file that is not an object.
    """
    start, slash, _ = prefix.rpartition("/")
    path = object_path(start) if start else b"/" if not slash else None
    if FLAVOR is WINDOWS and not prefix:
        yield UnlistedPrefix(prefix, _NO_COMMON_ROOT)
        return
    if path is None or not has_no_links(path):
        return

    select = _Selection(prefix, after, wanted, skipped)
    stack: list[_Folder] = []
    try:
        unlisted = _enter(stack, start + slash, path.rstrip(_SEPARATOR) + _SEPARATOR, select)
        if unlisted:
            yield UnlistedPrefix(prefix, unlisted.reason)
        while stack:
            folder = stack[-1]
            name = next(folder.names, None)
            if name is None:
                stack.pop().names.close()
                continue
            key, path = folder.key + name, folder.path + relative_path(name)
            line = _enter(stack, key, path, select) if name.endswith("/") else _file(key, path)
            if line:
                yield line
    finally:
        for folder in stack:
            folder.names.close()


def has_no_links(folder: bytes) -> bool:
    """Return whether no component of the folder's absolute path is a link."""
    end = folder.find(_SEPARATOR, FLAVOR.root_length)
    while end > 0:
        if is_link(folder[:end]):
            return False
        end = folder.find(_SEPARATOR, end + 1)
    return not is_link(folder)


def file_etag(status: os.stat_result) -> str:
    """Return the ETag of a file: size, modification time and change time, in nanoseconds.

    Programs can restore the modification time of a file that they rewrote, but not its change time
    (POSIX.1, "File Times Update"). On Windows, the change time is the time of the creation.
    """
    return f"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ctime_ns:x}"


def changed_ns(status: os.stat_result) -> int:
    """Return the time of the latest change of a file, in nanoseconds since 1970."""
    return status.st_mtime_ns if FLAVOR is WINDOWS else status.st_ctime_ns


def modification_time(status: os.stat_result) -> datetime:
    """Return the modification time in UTC, limited to the range of `datetime`."""
    return time_from_microseconds(status.st_mtime_ns // 1000)


def _enter(
    stack: list[_Folder], key: str, path: bytes, select: _Selection
) -> UnlistedPrefix | None:
    try:
        names = _SortedNames(key, path, select)
    except OSError as error:
        return None if error.errno in _VANISHED else UnlistedPrefix(key, error_reason(error))
    stack.append(_Folder(key, path, names))
    return None


def file_status(key: str, path: bytes) -> ListedObject | None:
    """Return the file at a path as a listing yields it; None if it is none, or cannot be read."""
    try:
        # A folder that is a link is not listed: the files in it have other keys.
        listed = _file(key, path) if has_no_links(os.path.dirname(path)) else None  # noqa: PTH120 - Path does not support bytes
    except OSError:
        return None
    return listed if isinstance(listed, ListedObject) else None


def _file(key: str, path: bytes) -> Listing | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - Path does not support bytes
    except OSError as error:
        return None if error.errno in _NO_OBJECT else UnlistedObject(key, error_reason(error))
    if not stat.S_ISREG(status.st_mode):
        return None
    return ListedObject(key, status.st_size, file_etag(status), modification_time(status))


class _SortedNames:
    """The names in one folder in key order; names of folders end with a slash.

    The slash makes a folder sort like the keys in it. More than `CHUNK` names are sorted in chunks,
    which are stored in one temporary file and merged.
    """

    _file: IO[bytes] | None = None

    def __init__(self, key: str, path: bytes, select: _Selection) -> None:
        self._chunks: list[tuple[int, int]] = []
        try:
            last = self._scan(key, path, select)
        except BaseException:
            self.close()
            raise
        last.sort()
        self._names = iter(last)
        if self._file:
            chunks = [_read(self._file.fileno(), *chunk) for chunk in self._chunks]
            self._names = heapq.merge(*chunks, last)

    def __next__(self) -> str:
        return next(self._names)

    def close(self) -> None:
        """Delete the temporary file, if there is one."""
        if self._file:
            self._file.close()

    def _scan(self, key: str, path: bytes, select: _Selection) -> list[str]:
        names: list[str] = []
        with os.scandir(path) as entries:
            for entry in entries:
                name = to_key_part(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if FLAVOR is WINDOWS and is_junction(entry.stat(follow_symlinks=False)):
                        select.skip(key + name, "link to a folder")
                        continue
                    name += "/"
                elif not entry.is_file(follow_symlinks=False) and (reason := _no_object(entry)):
                    select.skip(key + name, reason)
                    continue
                if not select.accepts(key + name):
                    continue
                names.append(name)
                if len(names) == CHUNK:
                    self._spill(names)
                    names.clear()
        return names

    def _spill(self, names: list[str]) -> None:
        names.sort()
        from tempfile import TemporaryFile  # noqa: PLC0415 - large folders only

        self._file = self._file or TemporaryFile(buffering=0)  # noqa: SIM115 - close() closes it
        # No file name contains NUL.
        data = "".join(f"{name}\0" for name in names).encode()
        start = self._file.tell()
        self._file.write(data)
        self._chunks.append((start, start + len(data)))


def _no_object(entry: os.DirEntry[bytes]) -> str | None:
    """Return the reason that something other than a file or a folder is not an object, or None."""
    if not entry.is_symlink():
        return "special file"
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        return "broken link" if error.errno in _NO_OBJECT else None
    if stat.S_ISDIR(mode):
        return "link to a folder"
    return None if stat.S_ISREG(mode) else "special file"


def _read(file: int, start: int, end: int) -> Iterator[str]:
    rest = b""
    while start < end:
        block = read_at(file, min(_BLOCK, end - start), start)
        start += len(block)
        *names, rest = (rest + block).split(b"\0")
        for name in names:
            yield name.decode()
