"""The local file system as an object store with one bucket, `file://`."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from functools import cache

from imgmeta.adapters.file_errors import ABSENT, DENIED, error_reason
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.adapters.filesystem.listing import (
    changed_ns,
    file_etag,
    file_status,
    has_no_links,
    list_files,
    modification_time,
)
from imgmeta.adapters.filesystem.names import FLAVOR, object_path
from imgmeta.adapters.filesystem.reading import OPEN_FLAGS, read_at
from imgmeta.core.objects import (
    FIRST_BLOCK,
    AbsentObject,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
    PresentObject,
)
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.text import printable
from imgmeta.core.uris import legible_name
from imgmeta.errors import AdapterError, ObjectChangedError, PermanentError, TransientError

__all__ = ["LocalContent", "LocalObjectStore"]

_LAST_BLOCK = 4096
"""Bytes at the end of a file that are read with the first block: most images end there."""

_TIMER_TICK_NS = 16_000_000 if FLAVOR is WINDOWS else 10_000_000
"""Maximum difference between two changes of a file with the same change time: the kernel reads its
clock once per timer tick, at least 100 times a second on Linux (CONFIG_HZ) and 64 on Windows."""


class LocalObjectStore:
    """The regular files of this computer. Thread-safe.

    The key of a file is its absolute path, in which no folder is a link. A link to a file is an
    object with the file's content; links to folders are not followed. FIFOs, sockets and devices
    are not objects.

    Args:
        clock_ns: returns the current time in nanoseconds since 1970.
        sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock_ns = clock_ns
        self._sleep = sleep

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the file's current state: see `ObjectStore.observe`."""
        return self._observe(location, has_no_links)

    def observer(self) -> Callable[[ObjectLocation], Observation]:
        """Return a function that observes files: see `BatchObserver.observer`.

        It checks the path of each folder for links once.
        """
        is_real = cache(has_no_links)
        return lambda location: self._observe(location, is_real)

    def _observe(self, location: ObjectLocation, is_real: Callable[[bytes], bool]) -> Observation:
        _check_bucket(location.bucket)
        path = object_path(location.key)
        if path is None:
            return AbsentObject(location)
        try:
            # Checked before opening: a link created later is found by the next observation.
            if not is_real(os.path.dirname(path)):  # noqa: PTH120 - as above
                return AbsentObject(location)
            return self._read_first_block(location, path) or AbsentObject(location)
        except OSError as error:
            if error.errno in ABSENT:
                return AbsentObject(location)
            if error.errno in DENIED:
                return _observe_denied(location, path)
            raise _adapter_error(location, error) from error

    def status(self, location: ObjectLocation) -> ListedObject | None:
        """Return the file as `list` yields it: see `ObjectStatus.status`."""
        _check_bucket(location.bucket)
        path = object_path(location.key)
        return None if path is None else file_status(location.key, path)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield files in key order: see `ObjectStore.list`."""
        _check_bucket(bucket)
        return list_files(prefix, after, wanted, skipped)

    def file_id(self, location: ObjectLocation) -> tuple[int, int] | None:
        """Return the device and inode of a file: see `LinkDetector.file_id`."""
        path = object_path(location.key) if location.bucket == LOCAL_BUCKET else None
        try:
            status = None if path is None else os.stat(path)  # noqa: PTH116 - as above
        except OSError:
            return None
        return None if status is None else (status.st_dev, status.st_ino)

    def _read_first_block(self, location: ObjectLocation, path: bytes) -> PresentObject | None:
        with _OpenFile(path) as file:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                return None
            age = self._clock_ns() - changed_ns(status)
            if 0 <= age < _TIMER_TICK_NS:
                # A change after this read could have the same change time, and never be found.
                self._sleep((_TIMER_TICK_NS - age) / 1e9)
                status = os.fstat(file)
            size = status.st_size
            first = _read(file, 0, min(FIRST_BLOCK, size))
            # Read with the first block, because opening the file again takes longer.
            last = _read(file, max(FIRST_BLOCK, size - _LAST_BLOCK), size)
            if _state(os.fstat(file)) != _state(status):
                msg = f"{legible_name(location)} changed while it was read"
                raise ObjectChangedError(msg)
        return _present(location, status, LocalContent(path, status, first, last))


class LocalContent:
    """The content of one state of a file, with its first and last block in memory, not open.

    Attributes:
        size: the file's size in bytes.
        fetched: the number of bytes read from the file so far.
        is_local: True, since small reads are cheap.
    """

    is_local = True

    def __init__(
        self, path: bytes, status: os.stat_result, first_block: bytes, last_block: bytes = b""
    ) -> None:
        self._path = path
        self._state = _state(status)
        self._first_block = first_block
        self._last_block = last_block
        self.size = status.st_size
        self._last_start = self.size - len(last_block)
        self.fetched = len(first_block) + len(last_block)

    def __getstate__(self) -> dict[str, object]:
        # Another process reads what it needs from the file.
        no_blocks = {"_first_block": b"", "_last_block": b"", "_last_start": self.size}
        return {**vars(self), **no_blocks}

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`: see `ByteSource.read`."""
        end = min(offset + length, self.size)
        if end <= len(self._first_block):
            return self._first_block[offset:end]
        if self._last_start <= offset:
            return self._last_block[offset - self._last_start : end - self._last_start]
        try:
            with _OpenFile(self._path) as file:
                if _state(os.fstat(file)) == self._state:
                    block = _read(file, offset, end)
                    if _state(os.fstat(file)) == self._state:
                        self.fetched += len(block)
                        return block
        except OSError as error:
            if error.errno not in ABSENT:
                msg = f"cannot read the rest of the file: {error_reason(error)}"
                raise TransientError(msg) from error
        msg = "the file changed while it was read"
        raise ObjectChangedError(msg)


def _check_bucket(bucket: str) -> None:
    if bucket != LOCAL_BUCKET:
        msg = f"{printable(bucket)} is not a local bucket: local files are in {LOCAL_BUCKET}"
        raise PermanentError(msg)


def _observe_denied(location: ObjectLocation, path: bytes) -> Observation:
    try:
        status = os.stat(path)  # noqa: PTH116 - as above
    except OSError as error:
        if error.errno in ABSENT:
            return AbsentObject(location)
        raise _adapter_error(location, error) from error
    if not stat.S_ISREG(status.st_mode):
        return AbsentObject(location)
    return _present(location, status, None)


def _present(
    location: ObjectLocation, status: os.stat_result, content: LocalContent | None
) -> PresentObject:
    return PresentObject(
        location=location,
        size=status.st_size,
        last_modified=modification_time(status),
        etag=file_etag(status),
        content=content,
        content_error=None if content else "permission denied",
    )


def _adapter_error(location: ObjectLocation, error: OSError) -> AdapterError:
    kind = PermanentError if error.errno in DENIED else TransientError
    return kind(f"cannot read {legible_name(location)}: {error_reason(error)}")


class _OpenFile:
    """Opens a file; a function with `contextlib` takes longer than the system does."""

    __slots__ = ("_file", "_path")

    def __init__(self, path: bytes) -> None:
        self._path = path

    def __enter__(self) -> int:
        self._file = os.open(self._path, OPEN_FLAGS)
        return self._file

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _read(file: int, start: int, end: int) -> bytes:
    """Return the bytes from `start` to `end`, fewer only if the file was truncated."""
    blocks: list[bytes] = []
    while start < end and (block := read_at(file, end - start, start)):
        blocks.append(block)
        start += len(block)
    return b"".join(blocks)


def _state(status: os.stat_result) -> tuple[int, ...]:
    return (
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )
