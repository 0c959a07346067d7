"""A file object through which Pillow reads, within limits."""

import io
from typing import TYPE_CHECKING

from imgmeta.errors import AdapterError
from imgmeta.formats.window import MAX_FETCHED, DamagedError, Window

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["LimitedFile"]

_BUFFER = 512
"""Bytes read ahead; small, because Pillow's plugins seek and unused bytes count too."""

_CHUNK = 256 * 1024


class _WindowFile(io.RawIOBase):
    """Reads through a window and keeps the object store's error.

    Repeated reads of the same bytes count toward the limit: Pillow may keep every copy.
    """

    def __init__(self, window: Window, limit: int) -> None:
        super().__init__()
        self.window = window
        self.failure: AdapterError | None = None
        self._remaining = limit
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.window.size}[whence]
        if base + offset < 0:
            msg = "seek before the start of the file"
            raise ValueError(msg)
        self._position = base + offset
        return self._position

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        length = max(0, min(len(view), self.window.size - self._position))
        if length > self._remaining:
            msg = "whose header exceeds the limit for Pillow"
            raise DamagedError(msg)
        self._remaining -= length
        start = self._position
        while self._position < start + length and (chunk := self._read_chunk(start + length)):
            view[self._position - start : self._position - start + len(chunk)] = chunk
            self._position += len(chunk)
        return self._position - start

    def readall(self) -> bytes:
        """Return the rest of the file, limited only by the window's budget."""
        if self.window.size - self._position > MAX_FETCHED:
            msg = f"longer than {MAX_FETCHED:,} bytes, in a format that Pillow reads completely"
            raise DamagedError(msg)
        chunks: list[bytes] = []
        while chunk := self._read_chunk(self.window.size):
            chunks.append(chunk)
            self._position += len(chunk)
        return b"".join(chunks)

    def _read_chunk(self, end: int) -> bytes:
        try:
            return self.window.read(self._position, max(0, min(end - self._position, _CHUNK)))
        except AdapterError as error:
            self.failure = error
            raise


class LimitedFile(io.BufferedReader):
    """A file of which a limited number of bytes can be read, in a limited number of calls.

    The number of calls limits the time that Pillow takes for a file of many small parts. Reading
    the whole file at once is only limited by the window's budget.

    Attributes:
        window: the file's content.
        ended: whether a read got fewer bytes than it asked for, because the file ended.
    """

    def __init__(self, window: Window, *, max_bytes: int, max_calls: int) -> None:
        self.window = window
        self.ended = False
        self._calls = max_calls
        self._file = _WindowFile(window, max_bytes)
        super().__init__(self._file, _BUFFER)

    @property
    def failure(self) -> AdapterError | None:
        """The object store's error that ended the last read, if any."""
        return self._file.failure

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes; None or a negative size: the rest of the file.

        Raises:
            DamagedError: a limit or the window's budget is spent.
            TransientError: from the source.
        """
        self._count_call()
        data = super().read(size)
        self.ended = self.ended or (size is not None and len(data) < size)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Change the position in the file, and return it.

        Raises:
            DamagedError: the number of calls is spent.
        """
        self._count_call()
        return super().seek(offset, whence)

    def _count_call(self) -> None:
        self._calls -= 1
        if self._calls < 0:
            msg = "whose header exceeds the limit for Pillow"
            raise DamagedError(msg)
