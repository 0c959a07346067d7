"""Open binary files and streams, and files at a path."""

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import IO, BinaryIO, cast

from imgmeta.adapters.file_errors import ABSENT, DENIED, error_reason
from imgmeta.adapters.temporary_files import closed_at_end
from imgmeta.core.text import printable
from imgmeta.errors import (
    AdapterError,
    ConfigurationError,
    ObjectChangedError,
    PermanentError,
    TransientError,
)

__all__ = ["MAX_STREAM", "FileContent", "open_file", "open_path", "spool"]

MAX_STREAM = 2**30
"""Maximum length in bytes of a stream that is not seekable: it is copied to a temporary file."""

_MAX_IN_MEMORY = 2**20
_CHUNK = 2**18

_UNSUITABLE = ABSENT | {errno.EISDIR}


class FileContent:
    """The content of a seekable binary file, whose position each read changes.

    Args:
        file: the file. Its `read` may return fewer bytes than requested.
        name: the file in messages, safe to print.
        size: the number of bytes.
        start: the position of the first of them.

    Attributes:
        size: the number of bytes.
        fetched: the number of bytes read so far.
        is_local: True, since small reads are cheap.
    """

    is_local = True

    def __init__(self, file: IO[bytes], name: str, size: int, start: int = 0) -> None:
        self._file = file
        self._name = name
        self._start = start
        self.size = size
        self.fetched = 0

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`: see `ByteSource.read`."""
        with _file_errors(self._name):
            self._file.seek(self._start + offset)
            block = _read_all(self._file, min(length, self.size - offset))
        self.fetched += len(block)
        return block


@contextmanager
def open_file(file: BinaryIO, name: str, *, rewind: bool = True) -> Generator[FileContent]:
    """Yield the content of an open binary file, which stays open.

    A seekable file is read where it is, and its position is restored at the end. Any other file is
    read to its end and copied, to memory if it is small, otherwise to a temporary file.

    Args:
        file: the file; all that it needs is a method `read`.
        name: the file in messages, safe to print.
        rewind: read a seekable file from its start, instead of from its position.

    Raises:
        TypeError: the file is not opened in binary mode.
        PermanentError: a file that is not seekable is longer than `MAX_STREAM`.
        AdapterError: the file cannot be read.
    """
    extent = _extent(file)
    if extent is None:
        with spool(file.read, name) as content:
            yield content
        return
    position, end = extent
    start = 0 if rewind else min(position, end)
    try:
        yield FileContent(file, name, end - start, start)
    finally:
        with _file_errors(name):
            file.seek(position)


@contextmanager
def open_path(path: str | bytes | os.PathLike[str], name: str) -> Generator[FileContent]:
    """Yield the content of the file at a path, and close the file at the end.

    Args:
        path: the path of a file, a named pipe or a device.
        name: the file in messages, safe to print.

    Raises:
        ConfigurationError: there is no such file, or it is a folder.
        ObjectChangedError: the file was changed while it was read.
        PermanentError: permission is denied, or a pipe is longer than `MAX_STREAM`.
        TransientError: the file cannot be read.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(open(path, "rb", buffering=0))  # noqa: PTH123 - Path does not support bytes
        except (OSError, ValueError) as error:
            raise _open_error(error, name) from error
        before = _state(file)
        yield stack.enter_context(open_file(file, name))
        if _state(file) != before:
            msg = f"{name} changed while it was read"
            raise ObjectChangedError(msg)


@contextmanager
def spool(read: Callable[[int], object], name: str) -> Generator[FileContent]:
    """Yield a copy of a stream in memory or a temporary file, which is deleted at the end.

    Args:
        read: returns at most the given number of bytes; none at the end of the stream.
        name: the stream in messages, safe to print.

    Raises:
        TypeError: the stream is not binary.
        PermanentError: the stream is longer than `MAX_STREAM`.
        AdapterError: the stream cannot be read, or there is no space for the copy.
    """
    with closed_at_end(tempfile.SpooledTemporaryFile(max_size=_MAX_IN_MEMORY)) as copy:
        size = 0
        while block := _read_block(read, _CHUNK, name):
            size += len(block)
            if size > MAX_STREAM:
                msg = (
                    f"cannot read {name}: a stream longer than {MAX_STREAM:,} bytes: save it to a "
                    "file, and pass the path"
                )
                raise PermanentError(msg)
            with _copy_errors(name):
                copy.write(block)
        with _copy_errors(name):
            copy.flush()
        yield FileContent(copy, name, size)


def _extent(file: BinaryIO) -> tuple[int, int] | None:
    """Return the position and the length of a seekable file; None if it is not seekable."""
    try:
        if not file.seekable():
            return None
        position = file.tell()
        file.seek(0, os.SEEK_END)
        return position, file.tell()
    except (AttributeError, OSError):
        return None


def _read_block(read: Callable[[int], object], length: int, name: str) -> bytes:
    with _file_errors(name):
        return _octets(read(length))


def _read_all(file: IO[bytes], length: int) -> bytes:
    """Return `length` bytes, fewer only at the end of the file."""
    blocks: list[bytes] = []
    while length > 0 and (block := _octets(file.read(length))[:length]):
        blocks.append(block)
        length -= len(block)
    return b"".join(blocks)


def _octets(block: object) -> bytes:
    if block is None:
        msg = "a non-blocking file has no data now"
        raise BlockingIOError(msg)
    if not isinstance(block, bytes | bytearray | memoryview):
        msg = f"expected a binary file, but its read() returned {type(block).__name__}"
        raise TypeError(msg)
    return bytes(cast("bytes", block))


@contextmanager
def _file_errors(name: str) -> Generator[None]:
    try:
        yield
    except (AdapterError, TypeError):
        raise
    except OSError as error:
        msg = f"cannot read {name}: {error_reason(error)}"
        raise TransientError(msg) from error
    except Exception as error:
        # A file object may raise any exception, which a reader would take for damage.
        msg = f"cannot read {name}: {type(error).__name__}: {printable(str(error))}"
        raise PermanentError(msg) from error


@contextmanager
def _copy_errors(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        msg = (
            f"cannot copy {name} to a temporary file: {error_reason(error)}: set TMPDIR to a "
            "folder with more space"
        )
        raise TransientError(msg) from error


def _open_error(error: OSError | ValueError, name: str) -> AdapterError | ConfigurationError:
    if isinstance(error, ValueError):  # the path contains a NUL
        return ConfigurationError(f"cannot read {name}: {error}: pass the path of an image")
    reason = f"cannot read {name}: {error_reason(error)}"
    if error.errno in _UNSUITABLE:
        return ConfigurationError(f"{reason}: pass the path of an image")
    return PermanentError(reason) if error.errno in DENIED else TransientError(reason)


def _state(file: IO[bytes]) -> tuple[int, ...]:
    """Return values that differ after each change of a regular file; nothing for a pipe."""
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        return ()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
