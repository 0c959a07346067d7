"""The objects of an inventory, as a listing in key order."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import IO

from imgmeta.adapters.inventory.csv_files import csv_rows
from imgmeta.adapters.inventory.sorting import ExternalSorter
from imgmeta.adapters.temporary_files import temporary_file_errors
from imgmeta.core.inventory import InventoryFile, InventoryFormat, InventoryManifest
from imgmeta.core.inventory_rows import InventoryRow, shown
from imgmeta.core.objects import Listing
from imgmeta.errors import ConfigurationError, PermanentError

__all__ = ["OpenFile", "list_inventory"]

OpenFile = Callable[[InventoryFile], Iterable[bytes]]
"""Returns the content of a file in pieces."""


def list_inventory(
    manifest: InventoryManifest,
    open_file: OpenFile,
    *,
    wanted: Callable[[str], bool] | None = None,
    folder: Path | None = None,
) -> Iterator[Listing]:
    """Yield the objects of an inventory, in the order of their keys' UTF-8 bytes.

    All files are read, and their MD5 digests verified, before the first object is yielded. Memory
    does not depend on the number of objects; see `ExternalSorter`.

    Args:
        manifest: the manifest.
        open_file: returns the content of a file.
        wanted: whether to include the object at a key; None: include all.
        folder: the folder for temporary files; None: the system's.

    Raises:
        ConfigurationError: the inventory lacks a needed column, or pyarrow is not installed.
        PermanentError: a file is damaged, or temporary files cannot be written.
        TransientError: from `open_file`, passed on.
    """
    with ExternalSorter(folder=folder) as sorter:
        for file in manifest.files:
            for row in _rows(manifest, file, open_file, folder):
                if wanted is None or wanted(row.key):
                    sorter.add(row)
        # A snapshot of a bucket that changes may have two rows of one key. The newest sorts last.
        for _, rows in groupby(sorter.rows(), attrgetter("key")):
            *_, row = rows
            yield row.listed()


def _rows(
    manifest: InventoryManifest, file: InventoryFile, open_file: OpenFile, folder: Path | None
) -> Iterator[InventoryRow]:
    context = f"cannot read the inventory file {shown(str(file.location))}"
    content = _verified(open_file(file), file, context)
    if manifest.format is InventoryFormat.CSV:
        yield from csv_rows(content, manifest, context)
        return
    try:
        from imgmeta.adapters.inventory.parquet_files import parquet_rows  # noqa: PLC0415 - needs pyarrow
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "pyarrow":
            raise
        msg = "Parquet inventories need pyarrow: pip install 'imgmeta[inventory]'"
        raise ConfigurationError(msg) from error
    with closing(_temporary_copy(content, folder, context)) as copy:
        yield from parquet_rows(copy, manifest, context)


def _verified(content: Iterable[bytes], file: InventoryFile, context: str) -> Iterator[bytes]:
    """Yield the content of a file, and check its size and digest at the end."""
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    for piece in content:
        size += len(piece)
        if size > file.size:
            break
        digest.update(piece)
        yield piece
    if size != file.size or digest.hexdigest() != file.md5:
        msg = (
            f"{context}: it differs from the manifest, so that it is damaged or was replaced: pass "
            "the manifest of another report"
        )
        raise PermanentError(msg)


def _temporary_copy(content: Iterable[bytes], folder: Path | None, context: str) -> IO[bytes]:
    """Return a copy of a file on disk, since the footer of Parquet files is at their end."""
    with temporary_file_errors(f"{context}: cannot write to", folder):
        copy = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
        try:
            for piece in content:
                copy.write(piece)
            copy.seek(0)
        except BaseException:
            copy.close()
            raise
    return copy
