"""The local file system as the one bucket `file://`."""

import errno
import os
import stat
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from imgmeta.adapters.filesystem.listing import etag_of, is_real, list_files, moment_of, reason_of
from imgmeta.adapters.filesystem.names import key_of, path_of, path_of_possible
from imgmeta.core.objects import (
    FIRST_BLOCK,
    AbsentObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
)
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.text import printable
from imgmeta.errors import AdapterError, ObjectChangedError, PermanentError, TransientError

__all__ = ["LocalContent", "LocalObjectStore", "key_of", "locate", "path_of"]

# Without O_NONBLOCK, opening a FIFO that nobody writes to would wait for ever.
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


_ABSENT = frozenset(
    {
        errno.EILSEQ,  # a name that this file system cannot have
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENODEV,  # a device
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENXIO,  # a socket
    }
)
_DENIED = frozenset({errno.EACCES, errno.EPERM})


def locate(path: bytes | str | os.PathLike[str]) -> ObjectLocation:
    """Return where the object or the folder at `path` is in the bucket `file://`.

    Links on the way there are resolved, and a folder that is one is too, so that a folder and the
    folder it is in agree on every key. A link to a file keeps its own name. The key of a folder
    has no slash at its end; that of the root is empty.

    Args:
        path: absolute, or relative to the working folder; nothing has to be there.
    """
    raw = os.fsencode(path)
    parent, name = os.path.split(raw.rstrip(b"/") or b"/")
    if os.path.isdir(raw) or name in {b"", b".", b".."}:  # noqa: PTH112 - Path has no bytes
        real = os.path.realpath(raw)
    else:
        real = os.path.join(os.path.realpath(parent), name)  # noqa: PTH118 - as above
    # POSIX lets two slashes at the beginning mean something else; here they do not.
    return ObjectLocation(LOCAL_BUCKET, key_of(b"/" + real.lstrip(b"/")))


class LocalObjectStore:
    """The regular files of this computer. Any number of threads may use it at once.

    An object's key is the absolute path of its file, without links on the way to it. A link to a
    file is an object like the file; what is behind a link to a folder has its own keys there.
    FIFOs, sockets and devices are no objects.
    """

    def observe(self, location: ObjectLocation) -> Observation:
        """Return what is there now, as the port says.

        A file that may not be read has no ETag, so that it is looked at again.
        """
        _check(location.bucket)
        path = path_of_possible(location.key)
        if path is None:
            return AbsentObject(location)
        try:
            # Before the file is opened: a link that is made later is seen by the next look.
            if not is_real(os.path.dirname(path)):  # noqa: PTH120 - Path has no bytes
                return AbsentObject(location)
            return _read_first_block(location, path) or AbsentObject(location)
        except OSError as error:
            if error.errno in _ABSENT:
                return AbsentObject(location)
            if error.errno in _DENIED:
                return _observe_denied(location, path)
            raise _failure(location, error) from error

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the files whose keys start with `prefix`, as the port says."""
        _check(bucket)
        return list_files(prefix, after, wanted)


class LocalContent:
    """The bytes of one state of one file; the first block of them in memory, the file closed."""

    def __init__(self, path: bytes, status: os.stat_result, first_block: bytes) -> None:
        self._path = path
        self._state = _state(status)
        self._size = status.st_size
        self._first_block = first_block
        self._fetched = len(first_block)

    @property
    def size(self) -> int:
        """The file's length in bytes."""
        return self._size

    @property
    def fetched(self) -> int:
        """Bytes read from the file so far."""
        return self._fetched

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`, fewer only at the file's end.

        Raises:
            ObjectChangedError: the file is no longer in the state that was observed.
            TransientError: it cannot be read.
        """
        end = min(offset + length, self._size)
        if end <= len(self._first_block):
            return self._first_block[offset:end]
        try:
            with _opened(self._path) as file:
                if _state(os.fstat(file)) == self._state:
                    block = _read(file, offset, end)
                    if _state(os.fstat(file)) == self._state:
                        self._fetched += len(block)
                        return block
        except OSError as error:
            msg = f"the file cannot be read any more: {reason_of(error)}"
            raise TransientError(msg) from error
        msg = "the file was changed while it was read"
        raise ObjectChangedError(msg)


def _check(bucket: str) -> None:
    if bucket != LOCAL_BUCKET:
        msg = f"{printable(bucket)} is no bucket of this computer: its files are in {LOCAL_BUCKET}"
        raise PermanentError(msg)


def _read_first_block(location: ObjectLocation, path: bytes) -> PresentObject | None:
    with _opened(path) as file:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            return None
        block = _read(file, 0, min(FIRST_BLOCK, status.st_size))
        if _state(os.fstat(file)) != _state(status):
            msg = f"{printable(str(location))} was changed while it was read"
            raise ObjectChangedError(msg)
    return PresentObject(
        location=location,
        size=status.st_size,
        last_modified=moment_of(status.st_mtime_ns),
        etag=etag_of(status),
        content=LocalContent(path, status, block),
    )


def _observe_denied(location: ObjectLocation, path: bytes) -> Observation:
    try:
        status = os.stat(path)  # noqa: PTH116 - Path has no bytes
    except OSError as error:
        if error.errno in _ABSENT:
            return AbsentObject(location)
        raise _failure(location, error) from error
    if not stat.S_ISREG(status.st_mode):
        return AbsentObject(location)
    return PresentObject(
        location=location,
        size=status.st_size,
        last_modified=moment_of(status.st_mtime_ns),
        etag=None,
        content=None,
        content_error="permission denied",
    )


def _failure(location: ObjectLocation, error: OSError) -> AdapterError:
    kind = PermanentError if error.errno in _DENIED else TransientError
    return kind(f"{printable(str(location))} cannot be read: {reason_of(error)}")


@contextmanager
def _opened(path: bytes) -> Generator[int, None, None]:
    file = os.open(path, _OPEN)
    try:
        yield file
    finally:
        os.close(file)


def _read(file: int, start: int, end: int) -> bytes:
    """Return what there is from `start` to `end`: less only if the file has become shorter."""
    blocks: list[bytes] = []
    while start < end and (block := os.pread(file, end - start, start)):
        blocks.append(block)
        start += len(block)
    return b"".join(blocks)


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
