"""Bytes in memory."""

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["BufferContent", "open_buffer"]


class BufferContent:
    """Bytes in memory, which are not copied, as a `ByteSource`.

    Attributes:
        size: the number of bytes.
        fetched: the number of bytes read so far.
        is_local: True, since each read is cheap.
    """

    is_local = True

    def __init__(self, data: bytes | memoryview) -> None:
        self._data = data
        self.size = len(data)
        self.fetched = 0

    def read(self, offset: int, length: int) -> bytes:
        """Return `length` bytes from `offset`: see `ByteSource.read`."""
        block = bytes(self._data[offset : offset + length])
        self.fetched += len(block)
        return block


@contextmanager
def open_buffer(data: bytes | bytearray | memoryview) -> Generator[BufferContent]:
    """Yield the content of an object in memory; while it is open, a `bytearray` keeps its size."""
    with memoryview(data) as view:
        if not view.c_contiguous:
            yield BufferContent(view.tobytes())
            return
        with view.cast("B") as octets:
            yield BufferContent(octets)
