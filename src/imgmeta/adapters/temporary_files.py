"""Errors of temporary files, for the adapters that write such files."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

from imgmeta.core.text import printable
from imgmeta.errors import PermanentError

__all__ = ["closed_at_end", "temporary_file_errors"]

_File = TypeVar("_File", bound=IO[bytes])


@contextmanager
def temporary_file_errors(failure: str, folder: Path | None = None) -> Generator[None]:
    """Raise errors of the operating system as PermanentError with the remedy.

    Args:
        failure: what failed; the folder follows it: `cannot sort the inventory in`.
        folder: the folder of the files; None: the system's.
    """
    try:
        yield
    except OSError as error:
        place = printable(str(folder or tempfile.gettempdir()))
        msg = (
            f"{failure} {place}: {error.strerror or error}: free space there, or set TMPDIR to "
            "another folder"
        )
        raise PermanentError(msg) from error


@contextmanager
def closed_at_end(file: _File) -> Generator[_File]:
    """Yield a temporary file, and close it at the end, also if its disk is full."""
    try:
        yield file
    finally:
        with suppress(OSError):  # the buffer cannot be written, but is not needed
            file.close()
