"""Errors of temporary files, which the adapters share that sort more than fits in memory."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from imgmeta.core.text import printable
from imgmeta.errors import PermanentError

__all__ = ["temporary_file_errors"]


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
