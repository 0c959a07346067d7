"""The records in the rows of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imgmeta.core.decoding import decode_record
from imgmeta.core.text import printable
from imgmeta.errors import InvalidRecordError, Remedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgmeta.core.records import ImageRecord

__all__ = ["record_in", "true_key"]


def record_in(row: Sequence[Any], name: str) -> ImageRecord:
    """Return the record in a row of a query for records.

    Args:
        row: the row.
        name: the name of the file, for messages.

    Raises:
        InvalidRecordError: the data is damaged.
    """
    *_, key, is_intact, text = row
    try:
        record = decode_record(text or b"")
    except InvalidRecordError as error:
        raise _unreadable(key, name, error.message) from error
    if is_intact == 0:
        raise _unreadable(key, name, "its checksum is wrong")
    return record


def true_key(key: str | bytes, text: bytes | None) -> str:
    """Return the key in a record if it is readable; the columns beside it may be damaged."""
    try:
        return decode_record(text or b"").object_key
    except InvalidRecordError:
        return _text(key)


def _text(key: str | bytes) -> str:
    # A text becomes a BLOB if one bit of its type is flipped (SQLite, "Record Format").
    return key.decode(errors="surrogateescape") if isinstance(key, bytes) else key


def _unreadable(key: str | bytes, name: str, reason: str) -> InvalidRecordError:
    msg = f"the record of {printable(_text(key))} in {name} is unreadable ({reason})"
    return InvalidRecordError(msg, remedy=Remedy.SYNC)
