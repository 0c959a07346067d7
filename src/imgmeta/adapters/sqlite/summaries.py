"""Summaries of records, from the columns of rows whose checksum is correct."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.sqlite.finding import selected_rows
from imgmeta.adapters.sqlite.selections import select
from imgmeta.adapters.sqlite.statements import SELECT_NUMBER, select_columns
from imgmeta.core.decoding import decode_records
from imgmeta.core.geography import Near
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.core.status import Status
from imgmeta.core.summaries import RecordSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imgmeta.adapters.sqlite.connections import Connections
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import OnUnreadable

__all__ = ["find_summaries", "has_summaries"]

_NAMES = [each.title().replace("_", "") for each in RecordSummary._fields]
"""The columns of the attributes of a summary."""

_INTEGER = (int, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("bucket_name", "object_key", "status"), (str,)),
    **dict.fromkeys(("file_size", "display_width", "display_height", "iso"), _INTEGER),
    **dict.fromkeys(("upload_timestamp", "complete", "partial_metadata"), _INTEGER),
    **dict.fromkeys(("latitude", "longitude", "focal_length"), (float, type(None))),
}
"""The types of the columns that are not a text or NULL."""

_STATUSES = {each.value: each for each in Status}
_BOOLEANS = {None: None, 0: False, 1: True}

_valid_types = set[tuple[type, ...]]()
"""The types of the columns of rows that were checked before."""


def has_summaries(query: Query) -> bool:
    """Return whether the columns of a summary tell which rows the query finds."""
    return select(replace(query, filters=_split(query)[1])).is_exact


def find_summaries(
    connections: Connections,
    query: Query,
    decode: Callable[[Sequence[Any]], ImageRecord],
    on_unreadable: OnUnreadable | None,
    *,
    ordered: bool,
) -> Iterator[RecordSummary]:
    """Yield the summaries of the records of a query for which `has_summaries` is true.

    imgmeta wrote a row whose checksum is correct, so that its record is not decoded. The record of
    any other row is, and of a row with values that no record has.

    Args:
        connections: the database.
        query: the query.
        decode: returns the record of a row of `SELECT_NUMBER`, or raises InvalidRecordError.
        on_unreadable: takes that error; None: it is raised.
        ordered: whether to yield them in the order of the query.
    """
    near, _ = _split(query)

    def found() -> Iterator[RecordSummary]:
        for number, *values, is_intact in selected_rows(
            connections, query, _statement, ordered=ordered
        ):
            summary = _summary(values) if is_intact else None
            if summary is None:
                rows = connections.rows(SELECT_NUMBER, (number,))
                records = decode_records(rows, decode, on_unreadable)
                yield from map(RecordSummary.of, filter(query.finds, records))
            elif all(each.matches(summary) for each in near):
                yield summary

    limit = MAX_STORED_INTEGER if query.limit is None else query.limit
    return islice(found(), min(limit, MAX_STORED_INTEGER))


def _statement(count: int) -> str:
    return select_columns(_NAMES, count)


def _split(query: Query) -> tuple[tuple[Near, ...], tuple[Any, ...]]:
    """Return the filters that a summary is compared with, and the others."""
    near = tuple(each for each in query.filters if isinstance(each, Near))
    return near, tuple(each for each in query.filters if not isinstance(each, Near))


def _summary(values: Sequence[Any]) -> RecordSummary | None:
    """Return the summary with these columns; None if no record has them."""
    types = tuple(map(type, values))
    if types not in _valid_types:
        if not _are_valid(types):
            return None
        _valid_types.add(types)
    bucket, key, status, *properties, taken, utc, complete, partial, error, content = values
    try:
        return RecordSummary._make(
            (
                *(bucket, key, _STATUSES[status], *properties),
                None if taken is None else datetime.fromisoformat(taken),
                None if utc is None else datetime.fromisoformat(utc).replace(tzinfo=UTC),
                *(_BOOLEANS[complete], _BOOLEANS[partial], error, content),
            )
        )
    except (KeyError, ValueError):
        return None


def _are_valid(types: tuple[type, ...]) -> bool:
    named = zip(RecordSummary._fields, types, strict=True)
    return all(each in _TYPES.get(name, (str, type(None))) for name, each in named)
