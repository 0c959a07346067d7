"""Values in a SQLite index, read within a fraction of a second, for suggestions.

Separate from the repository, whose import takes longer than most queries.
"""

import os
import sqlite3
import stat
import time

__all__ = ["recorded_values"]

_INSTRUCTIONS = 1000
"""Instructions of SQLite's virtual machine between two looks at the clock."""

_NO_LOG = "mode=ro&immutable=1"
_WITH_LOG = "mode=ro"


def recorded_values(path: str, column: str, *, seconds: float) -> list[str]:
    """Return the distinct values of a column, in order; after the time limit, those found so far.

    Creates no file.

    Args:
        path: the SQLite file.
        column: a text column of the view `images`, such as `lens_model`.
        seconds: the time limit.

    Raises:
        OSError: there is no such file.
        sqlite3.Error: the file is not an index, or cannot be read.
    """
    deadline = time.monotonic() + seconds
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - pathlib would be imported for it
        raise FileNotFoundError(path)
    real = os.path.realpath(path)
    try:
        has_log = os.stat(f"{real}-wal").st_size > 0  # noqa: PTH116 - as above
    except FileNotFoundError:
        has_log = False
    # A reader without a log would create the files of one.
    connection = sqlite3.connect(
        f"file:{_escaped(real)}?{_WITH_LOG if has_log else _NO_LOG}", uri=True, timeout=0
    )
    values = set[str]()
    try:
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _INSTRUCTIONS)
        statement = f"SELECT DISTINCT {column} FROM images"  # noqa: S608 - the name of a column
        for (value,) in connection.execute(statement):
            if isinstance(value, str):
                values.add(value)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    finally:
        connection.close()
    return sorted(values - {""})


def _escaped(path: str) -> str:
    # SQLite, "Uniform Resource Identifiers": these three have a meaning. `urllib` imports slowly.
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
