"""Parquet files of records."""

from collections.abc import Iterable, Iterator
from io import RawIOBase
from itertools import islice
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # has no type hints
import pyarrow.parquet as pyarrow_parquet  # type: ignore[import-untyped]  # as above

from imgmeta.core.exports import COLUMNS, ColumnType, values_of
from imgmeta.core.records import ImageRecord

__all__ = ["parquet_chunks"]

_arrow: Any = pa
_parquet: Any = pyarrow_parquet

_BATCH = 512
"""Records in memory as Python objects, which need much more of it than Arrow's arrays."""

_GROUP_ROWS = 65_536
_GROUP_BYTES = 32 * 1024 * 1024
"""Limits of a row group, which is in memory until it is complete."""

_TYPES = {
    ColumnType.TEXT: _arrow.string(),
    ColumnType.INTEGER: _arrow.int64(),
    ColumnType.FLOAT: _arrow.float64(),
    ColumnType.BOOLEAN: _arrow.bool_(),
    ColumnType.UTC_TIME: _arrow.timestamp("us", tz="UTC"),
    ColumnType.LOCAL_TIME: _arrow.timestamp("us"),
}

_SCHEMA = _arrow.schema([(column.name, _TYPES[column.type]) for column in COLUMNS])


def parquet_chunks(records: Iterable[ImageRecord]) -> Iterator[bytes]:
    """Yield a Parquet file, compressed with zstd, one row group at a time."""
    pieces = _Pieces()
    with _parquet.ParquetWriter(pieces, _SCHEMA, compression="zstd") as writer:
        for group in _row_groups(records):
            writer.write_table(group, row_group_size=_GROUP_ROWS)
            yield pieces.take()
    yield pieces.take()


class _Pieces(RawIOBase):
    """A file that keeps only what was written since the last call of `take`."""

    def __init__(self) -> None:
        super().__init__()
        self._position = 0
        self._pieces = list[bytes]()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer
        self._pieces.append(bytes(data))
        self._position += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _row_groups(records: Iterable[ImageRecord]) -> Iterator[Any]:
    """Yield tables, each of them large enough for a row group."""
    remaining = iter(records)
    batches: list[Any] = []
    rows = size = 0
    while batch := [values_of(record) for record in islice(remaining, _BATCH)]:
        batches.append(_arrow_batch(batch))
        rows += len(batch)
        size += batches[-1].nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield _arrow.Table.from_batches(batches)
            batches.clear()
            rows = size = 0
    if batches:
        yield _arrow.Table.from_batches(batches)


def _arrow_batch(rows: list[tuple[Any, ...]]) -> Any:  # noqa: ANN401 - pyarrow has no type hints
    arrays = [
        _arrow.array(values, _TYPES[column.type])
        for values, column in zip(zip(*rows, strict=True), COLUMNS, strict=True)
    ]
    return _arrow.RecordBatch.from_arrays(arrays, schema=_SCHEMA)
