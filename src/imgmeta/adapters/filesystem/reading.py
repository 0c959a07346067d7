"""Reads of open files at an offset, on every system."""

import os

__all__ = ["OPEN_FLAGS", "read_at"]

# Without O_NONBLOCK, opening a FIFO without a writer blocks. Without O_BINARY, Windows changes line
# ends. No system has all of them.
OPEN_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY")
)
"""The flags to open a file for reading."""


_HAS_PREAD = hasattr(os, "pread")


def read_at(file: int, length: int, offset: int) -> bytes:
    """Return at most `length` bytes from `offset` of an open file, which one thread reads."""
    if _HAS_PREAD:
        return os.pread(file, length, offset)
    # Windows has no pread.
    os.lseek(file, offset, os.SEEK_SET)
    return os.read(file, length)
