"""External merge sort of inventory rows, in bounded memory."""

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import IO, Self

from imgmeta.adapters.temporary_files import temporary_file_errors
from imgmeta.core.inventory_rows import InventoryRow

__all__ = ["ExternalSorter"]

_MAX_MEMORY = 64 * 1024 * 1024
"""Estimated bytes of rows that are held in memory."""
_ROW = 400
"""Estimated bytes of a row in CPython without its key, of which each character takes up to four."""
_FAN_IN = 16
"""Runs that are merged into one, which limits the number of open files."""
_BLOCK = 256
"""Rows that are written and read at once."""


class _Run:
    """Rows in key order, in a temporary file without a name, which ends with the process."""

    def __init__(self, folder: Path | None) -> None:
        # Not a context manager: the sorter closes its runs.
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="ascii", dir=folder)  # noqa: SIM115 - as above
        self.last: InventoryRow | None = None

    def append(self, rows: Iterable[InventoryRow]) -> None:
        remaining = iter(rows)
        while block := list(islice(remaining, _BLOCK)):
            self._file.write(f"{json.dumps(block, separators=(',', ':'))}\n")
            self.last = block[-1]

    def rows(self) -> Iterator[InventoryRow]:
        self._file.seek(0)
        for line in self._file:
            yield from map(InventoryRow._make, json.loads(line))

    def close(self) -> None:
        with suppress(OSError):  # the rest cannot be written to a full disk, but is not needed
            self._file.close()


class ExternalSorter:
    """Sorts any number of rows: in memory if they fit, and else in temporary files.

    The files have no name where the system permits it, so that none is left behind even if the
    process is killed. Rows that arrive in order are written once and not merged.

    Args:
        folder: the folder of the temporary files; None: the system's, which `TMPDIR` changes.
        max_memory: bytes of rows to hold in memory, about.
    """

    def __init__(self, *, folder: Path | None = None, max_memory: int = _MAX_MEMORY) -> None:
        self._folder = folder
        self._max_memory = max_memory
        self._rows = list[InventoryRow]()
        self._memory = 0
        self._levels = list[list[_Run]]()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, row: InventoryRow) -> None:
        """Add a row.

        Raises:
            PermanentError: the temporary files cannot be written, as on a full disk.
        """
        self._rows.append(row)
        self._memory += _ROW + 4 * len(row.key)
        if self._memory >= self._max_memory:
            with self._file_errors():
                self._write_rows()

    def rows(self) -> Iterator[InventoryRow]:
        """Yield all rows in order. No row may be added afterwards.

        Raises:
            PermanentError: the temporary files cannot be read or written.
        """
        self._rows.sort()
        with self._file_errors():
            runs = [run.rows() for level in self._levels for run in level]
            yield from merge(*runs, self._rows)

    def close(self) -> None:
        """Remove the temporary files."""
        for level in self._levels:
            for run in level:
                run.close()
        self._levels.clear()
        self._rows.clear()

    def _write_rows(self) -> None:
        self._rows.sort()
        last = self._levels[0][-1] if self._levels and self._levels[0] else None
        if last is None or last.last is None or last.last > self._rows[0]:
            last = self._new_run(0)
        last.append(self._rows)
        self._rows.clear()
        self._memory = 0
        self._merge_full_levels()

    def _merge_full_levels(self) -> None:
        """Merge the runs of each full level into one run of the next level."""
        level = 0
        while level < len(self._levels) and len(self._levels[level]) > _FAN_IN:
            full, self._levels[level] = self._levels[level][:-1], self._levels[level][-1:]
            self._new_run(level + 1).append(merge(*(run.rows() for run in full)))
            for run in full:
                run.close()
            level += 1

    def _new_run(self, level: int) -> _Run:
        while len(self._levels) <= level:
            self._levels.append([])
        run = _Run(self._folder)
        self._levels[level].append(run)
        return run

    def _file_errors(self) -> AbstractContextManager[None]:
        return temporary_file_errors("cannot sort the inventory in", self._folder)
