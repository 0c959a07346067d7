"""The rows that a query may find, in its order, without an open transaction between pages."""

import sqlite3
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from imgmeta.adapters.sqlite.connections import Connections
from imgmeta.adapters.sqlite.selections import Selection, select
from imgmeta.adapters.sqlite.statements import select_numbers
from imgmeta.core.queries import Query

__all__ = ["selected_rows"]

_PAGE_SIZE = 500

_ALL = -1
"""SQLite's LIMIT for all rows."""

_SMALL = 10_000
"""Limit up to which a query first selects only about as many rows as it needs."""


def selected_rows(
    connections: Connections,
    query: Query,
    statement: Callable[[int], str] = select_numbers,
    *,
    ordered: bool = True,
) -> Iterator[Sequence[Any]]:
    """Yield the rows that a query may find.

    The numbers of the rows are selected first, and are in memory. A row that is changed after that
    is yielded as it is then.

    Args:
        connections: the database.
        query: the query.
        statement: returns the statement that selects rows, given how many numbers are its
            parameters; the number is the first column.
        ordered: whether to yield the rows in the order of the query.
    """
    selection = select(query, ordered=ordered)
    done = frozenset[int]()
    for bound in _bounds(query, selection):
        numbers = connections.run(partial(_numbers, selection, bound))
        remaining = [each for each in numbers if each not in done] if done else numbers
        for start in range(0, len(remaining), _PAGE_SIZE):
            page = remaining[start : start + _PAGE_SIZE]
            rows = {row[0]: row for row in connections.rows(statement(len(page)), page)}
            yield from (rows[number] for number in page if number in rows)
        if bound == _ALL or len(numbers) < bound:
            return
        done = frozenset(numbers)


def _bounds(query: Query, selection: Selection) -> tuple[int, ...]:
    """Return the numbers of rows to select: first as many as the limit needs, then all.

    All are selected only if too many of the first do not match or are unreadable.
    """
    if query.limit is None or query.limit > _SMALL:
        return (_ALL,)
    return (query.limit if selection.is_exact else 2 * query.limit + _PAGE_SIZE, _ALL)


def _numbers(selection: Selection, bound: int, connection: sqlite3.Connection) -> "array[int]":
    rows = connection.execute(selection.sql, (*selection.values, *selection.order, bound))
    return array("q", (number for (number,) in rows))
