"""Sorting of more records than fit in memory, by merging sorted temporary files."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from heapq import merge
from itertools import islice
from typing import IO, TYPE_CHECKING

from imgmeta.adapters.temporary_files import closed_at_end, temporary_file_errors
from imgmeta.core.decoding import decode_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord

__all__ = ["sort_on_disk"]

_IN_MEMORY = 10_000
"""Records in memory at a time; fewer records need no file."""

_FAN_IN = 32
"""Files that are merged into one, which limits the number of open files."""

_FAILURE = "cannot sort the records in"


def sort_on_disk(
    query: Query, records: Iterable[ImageRecord], *, in_memory: int = _IN_MEMORY
) -> Iterator[ImageRecord]:
    """Yield records in the order of a query, with at most `in_memory` of them in memory.

    The files have no name where the system permits it, so that none is left behind.

    Args:
        query: the query.
        records: the records, in any order.
        in_memory: the number of records to hold in memory.

    Raises:
        PermanentError: a temporary file cannot be read or written, as on a full disk.
    """
    remaining = iter(records)
    batch = query.ordered(islice(remaining, in_memory))
    with ExitStack() as opened:
        files: list[IO[bytes]] = []
        while len(batch) == in_memory:
            files.append(_write(opened, batch))
            if len(files) == _FAN_IN:
                files = [_write(opened, _merged(query, files))]
            batch = query.ordered(islice(remaining, in_memory))
        yield from merge(_merged(query, files), batch, key=query.rank, reverse=query.descending)


def _merged(query: Query, files: list[IO[bytes]]) -> Iterator[ImageRecord]:
    yield from merge(*map(_read, files), key=query.rank, reverse=query.descending)
    for file in files:
        file.close()


def _write(opened: ExitStack, records: Iterable[ImageRecord]) -> IO[bytes]:
    with temporary_file_errors(_FAILURE):
        file = opened.enter_context(closed_at_end(tempfile.TemporaryFile()))  # noqa: SIM115 - it is closed
        file.writelines(f"{record.to_json()}\n".encode() for record in records)
        file.seek(0)
    return file


def _read(file: IO[bytes]) -> Iterator[ImageRecord]:
    with temporary_file_errors(_FAILURE):
        yield from map(decode_record, file)
