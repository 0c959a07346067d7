"""Rows of Parquet inventory files."""

from collections.abc import Iterator
from typing import IO, Any

import pyarrow as pa  # type: ignore[import-untyped]  # has no type hints
import pyarrow.parquet as pyarrow_parquet  # type: ignore[import-untyped]  # as above

from imgmeta.core.inventory import InventoryManifest, check_columns
from imgmeta.core.inventory_rows import Column, InventoryRow, check_bucket, inventory_row
from imgmeta.errors import PermanentError

__all__ = ["parquet_rows"]

_arrow: Any = pa
_parquet: Any = pyarrow_parquet

_BATCH = 4_096
"""Rows that are decoded at once."""
_BUFFER = 1024 * 1024
"""Bytes that are read at once from each column; without it, whole columns would be read."""
_MAX_FOOTER_VALUES = 1_000_000
"""Limit for the elements of a list and the bytes of a text in the footer."""

_TYPES = {
    Column.BUCKET: "string",
    Column.KEY: "string",
    Column.IS_LATEST: "bool",
    Column.IS_DELETE_MARKER: "bool",
    Column.SIZE: "int64",
    Column.LAST_MODIFIED: "timestamp",
    Column.ETAG: "string",
    Column.STORAGE_CLASS: "string",
}
"""Prefixes of Arrow's names for the types of the columns."""


def parquet_rows(
    file: IO[bytes], manifest: InventoryManifest, context: str
) -> Iterator[InventoryRow]:
    """Yield the current versions of objects in a file; only the needed columns are decoded.

    Args:
        file: the file, opened for reading.
        manifest: the manifest.
        context: what failed, if an error is raised.

    Raises:
        ConfigurationError: the file lacks a column that the comparison with the index needs.
        PermanentError: the file is not Parquet or is damaged.
    """
    number = 0
    try:
        parquet = _parquet.ParquetFile(
            file,
            buffer_size=_BUFFER,
            pre_buffer=False,
            thrift_string_size_limit=_MAX_FOOTER_VALUES,
            thrift_container_size_limit=_MAX_FOOTER_VALUES,
        )
        columns = _columns(parquet.schema_arrow, context)
        for batch in parquet.iter_batches(_BATCH, columns=columns, use_threads=False):
            values = [_values(batch.column(name)) for name in columns]
            for fields in zip(*values, strict=True):
                number += 1
                row = _row(dict(zip(columns, fields, strict=True)), manifest.source_bucket)
                if row is not None:
                    yield row
    # Arrow reports a damaged file as OSError, too.
    except (_arrow.ArrowException, OSError) as error:
        msg = f"{context}: it is not a Parquet file, or is damaged"
        raise PermanentError(msg) from error
    except ValueError as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error
        msg = f"{context}: row {number:,}: {reason}"
        raise PermanentError(msg) from error


def _columns(schema: Any, context: str) -> list[Column]:  # noqa: ANN401 - pyarrow has no type hints
    """Return the columns to read, after checking that none is missing or has another type."""
    types = {field.name: str(field.type) for field in schema}
    known = [each for each in Column if each in types]
    check_columns(known, context)
    for column, expected in _TYPES.items():
        if column in types and not types[column].startswith(expected):
            msg = f"{context}: the column {column} has another type than {expected}"
            raise PermanentError(msg)
    return [each for each in known if each in _TYPES]


def _values(column: Any) -> list[Any]:  # noqa: ANN401 - as above
    if str(column.type).startswith("timestamp"):
        # As integers, since a time may be out of Python's range.
        column = column.cast(_arrow.timestamp("us"), safe=False).cast(_arrow.int64())
    values: list[Any] = column.to_pylist()
    return values


def _row(fields: dict[Column, Any], bucket: str) -> InventoryRow | None:
    check_bucket(fields[Column.BUCKET] or "", bucket)
    return inventory_row(
        key=fields[Column.KEY] or "",
        size=fields[Column.SIZE],
        etag=fields[Column.ETAG],
        modified=fields.get(Column.LAST_MODIFIED),
        storage_class=fields[Column.STORAGE_CLASS],
        is_latest=fields.get(Column.IS_LATEST),
        is_delete_marker=fields.get(Column.IS_DELETE_MARKER),
    )
