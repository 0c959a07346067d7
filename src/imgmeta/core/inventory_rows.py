"""Rows of Amazon S3 Inventory files: one object or version each.

Source: Amazon S3 User Guide, "Amazon S3 Inventory list".
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import unquote_plus

from imgmeta.core.event_values import MAX_S3_KEY
from imgmeta.core.objects import ListedObject
from imgmeta.core.text import printable, shorten
from imgmeta.core.timestamps import EPOCH, microseconds

__all__ = [
    "MAX_OBJECT",
    "Column",
    "CsvDecoder",
    "InventoryRow",
    "check_bucket",
    "inventory_row",
    "shown",
]

MAX_OBJECT = 50 * 1024**4
"""Size limit of an object in bytes: Amazon S3 User Guide, "Uploading objects"."""

_MAX_ETAG = 1_024
_MAX_CLASS = 64
_MAX_SHOWN = 80
_NO_TIME = -1
_END = microseconds(datetime.max.replace(tzinfo=UTC))
_STANDARD = "STANDARD"


class Column(StrEnum):
    """Columns that imgmeta reads, by their names in Parquet files."""

    BUCKET = "bucket"
    KEY = "key"
    VERSION_ID = "version_id"
    IS_LATEST = "is_latest"
    IS_DELETE_MARKER = "is_delete_marker"
    SIZE = "size"
    LAST_MODIFIED = "last_modified_date"
    ETAG = "e_tag"
    STORAGE_CLASS = "storage_class"


class InventoryRow(NamedTuple):
    """The current version of an object. Rows sort by key; of one key, the newest sorts last.

    Attributes:
        key: the object's key.
        modified: the upload time in microseconds since 1970; -1 if the row has none.
        size: the size in bytes.
        etag: the ETag; empty if the row lacks a value, so that no record has the same one.
        storage_class: the storage class; empty for S3 Standard.
    """

    key: str
    modified: int
    size: int
    etag: str
    storage_class: str

    def listed(self) -> ListedObject:
        """Return the row as an object of a listing."""
        is_dated = self.modified != _NO_TIME
        return ListedObject(
            self.key,
            self.size,
            self.etag,
            EPOCH + timedelta(microseconds=self.modified) if is_dated else None,
            self.storage_class or None,
        )


def inventory_row(  # noqa: PLR0913 - one argument for each column
    *,
    key: str,
    size: int | None,
    etag: str | None,
    modified: int | None,
    storage_class: str | None,
    is_latest: bool | None,
    is_delete_marker: bool | None,
) -> InventoryRow | None:
    """Return a row of an inventory; None for a delete marker or an older version.

    Args:
        key: the decoded key.
        size: the size in bytes, if the row has one.
        etag: the ETag, if the row has one.
        modified: the upload time in microseconds since 1970, if the row has one.
        storage_class: the storage class, if the row has one.
        is_latest: whether it is the current version; None if the row does not say it, as without
            versioning.
        is_delete_marker: whether it is a delete marker, in the same way.

    Raises:
        ValueError: a value is out of range; the message is safe to print.
    """
    if is_delete_marker or is_latest is False:
        return None
    # Keys of up to this number of characters are measured in bytes only if they are not ASCII.
    if not key or len(key) > MAX_S3_KEY or (not key.isascii() and len(key.encode()) > MAX_S3_KEY):
        msg = f"the key '{shown(key)}' is empty or longer than {MAX_S3_KEY:,} bytes"
        raise ValueError(msg)
    if size is not None and not 0 <= size <= MAX_OBJECT:
        msg = f"the size of '{shown(key)}' is out of range"
        raise ValueError(msg)
    if modified is not None and not 0 <= modified <= _END:
        msg = f"the time of '{shown(key)}' is out of range"
        raise ValueError(msg)
    etag, storage_class = (etag or "").strip('"'), storage_class or ""
    if len(etag) > _MAX_ETAG or len(storage_class) > _MAX_CLASS:
        msg = f"the ETag or the storage class of '{shown(key)}' is too long"
        raise ValueError(msg)
    return InventoryRow(
        key,
        _NO_TIME if modified is None else modified,
        size or 0,
        etag if size is not None and storage_class else "",
        "" if storage_class == _STANDARD else storage_class,
    )


class CsvDecoder:
    """Decodes the lines of CSV files.

    Keys are URL-encoded as in a form: a space is `+`, and a plus sign `%2B`.

    Args:
        bucket: the bucket of the inventory.
        columns: the columns, in order; None for those that imgmeta does not read.
    """

    def __init__(self, bucket: str, columns: Sequence[Column | None]) -> None:
        self._bucket = bucket
        self._width = len(columns)
        self._position = {
            column: index for index, column in enumerate(columns) if column is not None
        }

    def row(self, fields: Sequence[str]) -> InventoryRow | None:
        """Return the row of a line; None if it is not the current version of an object.

        Raises:
            ValueError: the line is invalid; the message is safe to print.
        """
        if len(fields) != self._width:
            msg = f"it has {len(fields):,} fields instead of {self._width:,}"
            raise ValueError(msg)
        check_bucket(fields[self._position[Column.BUCKET]], self._bucket)
        text = self._field(fields, Column.SIZE)
        if text and not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_OBJECT))):
            msg = f"the size '{shown(text)}' is not a number"
            raise ValueError(msg)
        return inventory_row(
            key=_decoded(fields[self._position[Column.KEY]]),
            size=int(text) if text else None,
            etag=self._field(fields, Column.ETAG),
            modified=_time(self._field(fields, Column.LAST_MODIFIED)),
            storage_class=self._field(fields, Column.STORAGE_CLASS),
            is_latest=_flag(self._field(fields, Column.IS_LATEST)),
            is_delete_marker=_flag(self._field(fields, Column.IS_DELETE_MARKER)),
        )

    def _field(self, fields: Sequence[str], column: Column) -> str:
        position = self._position.get(column)
        return "" if position is None else fields[position]


def check_bucket(bucket: str, expected: str) -> None:
    """Check the bucket of a row.

    Raises:
        ValueError: it is not the bucket of the inventory; the message is safe to print.
    """
    if bucket != expected:
        msg = f"it is of the bucket '{shown(bucket)}', not of '{shown(expected)}'"
        raise ValueError(msg)


def _decoded(key: str) -> str:
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError as error:
        msg = f"the key '{shown(key)}' is not URL-encoded UTF-8"
        raise ValueError(msg) from error


def _time(text: str) -> int | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
        return microseconds(time if time.tzinfo else time.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        msg = f"the time '{shown(text)}' is invalid"
        raise ValueError(msg) from error


def _flag(text: str) -> bool | None:
    if not text:
        return None
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        msg = f"'{shown(text)}' is neither true nor false"
        raise ValueError(msg)
    return lowered == "true"


def shown(text: str) -> str:
    """Return text of an inventory, short and safe to print."""
    return shorten(printable(text[:MAX_S3_KEY]), _MAX_SHOWN)
