"""Positions in the order of a query, as opaque texts that a later query continues after."""

from __future__ import annotations

import base64
import binascii
import json
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple, Self, TypeGuard, cast

from imgmeta.core.attributes import Label, Order, Sort, SortValue
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from imgmeta.core.records import ImageRecord

__all__ = ["Position", "UploadCursor", "decode_cursor", "encode_cursor"]

_VERSION = 1
_MAX_CURSOR = 200_000
"""Longer than the cursor of the longest key."""

_TEXTS = frozenset[Sort]({*Label, Order.STATUS, Order.ERROR, Order.ORIENTATION})


class UploadCursor(NamedTuple):
    """A position in the order of `ImageRepository.uploaded_between`: just after one record."""

    upload_timestamp: int
    image_id: str

    @classmethod
    def after(cls, record: ImageRecord) -> Self:
        """Return the position just after `record`, which `uploaded_between` yielded."""
        return cls(record.upload_timestamp or 0, record.image_id)


class Position(NamedTuple):
    """The position of a record in the order of a query; None: the value is unknown."""

    value: SortValue
    bucket: str
    key: str


def encode_cursor(position: Position, sort: Sort, *, descending: bool) -> str:
    """Return the cursor of a position in this order: base64url without padding (RFC 4648)."""
    content = [_VERSION, _order(sort, descending=descending), *position]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, sort: Sort, *, descending: bool) -> Position:
    """Return the position of a cursor that `encode_cursor` returned for the same order.

    Raises:
        ConfigurationError: it is not such a cursor.
    """
    content = _decoded(cursor)
    match content:
        case [version, str(order), value, str(bucket), str(key)] if version == _VERSION:
            if order != _order(sort, descending=descending):
                msg = (
                    "the cursor belongs to another sort order: use the filters and the order of "
                    "the query that it came from"
                )
                raise ConfigurationError(msg)
            if _is_value(value, sort) and _is_encodable(bucket + key):
                return Position(value, bucket, key)
        case _:
            pass
    msg = "invalid cursor: use one that an earlier query returned, unchanged"
    raise ConfigurationError(msg)


def _decoded(cursor: str) -> list[object]:
    if len(cursor) > _MAX_CURSOR or not cursor.isascii():
        return []
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        content: object = json.loads(data.decode())
    except (binascii.Error, ValueError, RecursionError):
        return []
    return cast("list[object]", content) if isinstance(content, list) else []


def _order(sort: Sort, *, descending: bool) -> str:
    return f"-{sort}" if descending else str(sort)


def _is_value(value: object, sort: Sort) -> TypeGuard[SortValue]:
    """Return whether a JSON value has the type of this sort: text, or a number of 64 bits."""
    if value is None:
        return True
    if sort in _TEXTS:
        return isinstance(value, str) and _is_encodable(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_STORED_INTEGER if isinstance(value, int) else isfinite(value)


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
