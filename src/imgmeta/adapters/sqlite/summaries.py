"""Summaries of records, from the columns of rows whose checksum is correct."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from imgmeta.adapters.sqlite.finding import selected_rows
from imgmeta.adapters.sqlite.selections import select
from imgmeta.adapters.sqlite.statements import (
    SELECT_NUMBER,
    SELECT_VERSION,
    select_columns,
    select_values,
)
from imgmeta.core.decoding import decode_records
from imgmeta.core.geography import Near
from imgmeta.core.status import Status
from imgmeta.core.summaries import RecordSummary, SummaryCount

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from imgmeta.adapters.sqlite.connections import Connections
    from imgmeta.core.queries import Query
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import OnUnreadable

__all__ = ["count_summaries", "find_summaries", "has_summaries"]

_FIELDS = RecordSummary._fields
_NAMES = [each.title().replace("_", "") for each in _FIELDS]
"""The columns of the attributes of a summary."""

_INTEGER = (int, type(None))
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("bucket_name", "object_key", "status"), (str,)),
    **dict.fromkeys(("file_size", "display_width", "display_height", "iso"), _INTEGER),
    **dict.fromkeys(("upload_timestamp", "complete", "partial_metadata"), _INTEGER),
    **dict.fromkeys(("latitude", "longitude", "focal_length"), (float, type(None))),
}
"""The types of the columns that are not a text or NULL."""

_TIMES = frozenset({"taken_at", "taken_at_utc"})
_EXAMPLE = dict.fromkeys(_FIELDS) | {"bucket_name": "", "object_key": "", "status": "processed"}

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
    any other row is, and of a row with values that no record has. After a write during the
    iteration, all records are: a row may no longer match.

    Args:
        connections: the database.
        query: the query.
        decode: returns the record of a row of `SELECT_NUMBER`, or raises InvalidRecordError.
        on_unreadable: takes that error; None: it is raised.
        ordered: whether to yield them in the order of the query.
    """
    near, _ = _split(query)

    def found() -> Iterator[RecordSummary]:
        (version,) = connections.rows(SELECT_VERSION, ())
        statement = partial(select_columns, _NAMES, version)
        for number, *values, expected, covered in selected_rows(
            connections, query, statement, ordered=ordered
        ):
            summary = _summary(values) if crc32(covered) == expected else None
            if summary is None:
                rows = connections.rows(SELECT_NUMBER, (number,))
                records = decode_records(rows, decode, on_unreadable)
                yield from map(RecordSummary.of, filter(query.finds, records))
            elif all(each.matches(summary) for each in near):
                yield summary

    return query.limited(found())


def count_summaries(
    connections: Connections,
    query: Query,
    attributes: Collection[str],
    decode: Callable[[Sequence[Any]], ImageRecord],
    on_unreadable: OnUnreadable | None,
) -> list[SummaryCount] | None:
    """Return how many of the records that match a query share the values of some attributes.

    The rows are counted in one transaction. A row whose checksum is wrong is decoded, as by
    `find_summaries`.

    Args:
        connections: the database.
        query: a query without a limit.
        attributes: their names.
        decode: as for `find_summaries`.
        on_unreadable: as for `find_summaries`.

    Returns:
        The counts; None if the conditions do not tell which rows match, or a row whose checksum is
        correct has values that no record has.
    """
    selection = select(query, ordered=False)
    if not selection.is_exact:
        return None
    names = [each for each in _FIELDS if each in attributes]
    statement = select_values(map(_expression, names), selection.where)
    rows = connections.run(partial(_count_rows, statement, selection.values))
    if rows is None:
        return None
    counts = list[SummaryCount]()
    for values, (count, size) in rows.values.items():
        given = _EXAMPLE | dict(zip(names, values, strict=True))
        summary = _summary([given[each] for each in _FIELDS])
        if summary is None:
            return None
        counts.append(SummaryCount(summary, count, size))
    for number in rows.damaged:
        found = connections.rows(SELECT_NUMBER, (number,))
        records = decode_records(found, decode, on_unreadable)
        counts += map(SummaryCount.of, filter(query.finds, records))
    return counts


class _Rows(NamedTuple):
    """Counted rows.

    Attributes:
        values: the number of rows with the same values, and the total size of their files.
        damaged: the numbers of rows that must be read completely.
    """

    values: dict[tuple[Any, ...], tuple[int, int]]
    damaged: list[int]


def _count_rows(
    statement: str, parameters: Sequence[object], connection: sqlite3.Connection
) -> _Rows | None:
    """Return the counted rows of a statement of `select_values`; None if a size is not a number."""
    rows = _Rows({}, [])
    values, nothing = rows.values, (0, 0)
    try:
        for *counted, size, number, expected, covered in connection.execute(statement, parameters):
            if crc32(covered) != expected:
                rows.damaged.append(number)
                continue
            key = tuple(counted)
            count, total = values.get(key, nothing)
            values[key] = (count + 1, total + (size or 0))
    except TypeError:
        return None
    except sqlite3.OperationalError as error:
        if hasattr(error, "sqlite_errorcode"):
            raise
        return None  # The Python module could not decode a text.
    return rows


def _expression(name: str) -> str:
    column = f"row.{name.title().replace('_', '')}"
    return f"substr({column}, 1, 10)" if name in _TIMES else column


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
