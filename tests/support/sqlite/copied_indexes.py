"""New index files that are copies of one file, since the migrations of the schema take 10 ms."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.adapters.sqlite.files import IndexFile

__all__ = ["copy_indexes", "create_indexes"]

_create: Any = vars(IndexFile)["_create"]


@contextmanager
def copy_indexes() -> Generator[None]:
    """Fill each index file that this process creates with the content of the first one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexFile, "_create", _copy)
        yield


@contextmanager
def create_indexes() -> Generator[None]:
    """Create index files as users do, within `copy_indexes`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexFile, "_create", _create)
        yield


def _copy(file: IndexFile) -> bool:
    content = _new_index()
    if created := bool(_create(file)):
        Path(vars(file)["_path"]).write_bytes(content)
    return created


@cache
def _new_index() -> bytes:
    with create_indexes(), TemporaryDirectory() as folder:
        path = Path(folder, "index.db")
        SQLiteImageRepository(path).close()
        return path.read_bytes()
