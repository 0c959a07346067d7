"""Queries as SQL statements that select the numbers of rows, in order."""

from datetime import datetime, timedelta
from typing import NamedTuple

from imgmeta.adapters.sqlite.conditions import LABELS, NUMBERS, TIMES, Condition, condition_of
from imgmeta.core.attributes import Moment, Order, Sort, SortValue
from imgmeta.core.queries import Query
from imgmeta.core.timestamps import EPOCH

__all__ = ["Selection", "select"]

_SHAPE = """CASE WHEN DisplayWidth < DisplayHeight THEN 'portrait'
    WHEN DisplayWidth > DisplayHeight THEN 'landscape'
    WHEN DisplayWidth = DisplayHeight THEN 'square' END"""

_VALUES: dict[Sort, str] = {
    **NUMBERS,
    **{label: f"casefold(CAST({column} AS BLOB))" for label, column in LABELS.items()},
    **TIMES,
    Moment.UPLOADED: "UploadTimestamp",
    Order.STATUS: "Status",
    Order.ERROR: "casefold(CAST(ifnull(Error, ContentError) AS BLOB))",
    Order.ORIENTATION: _SHAPE,
}
"""The expressions of the values that rows are sorted by, except for the key."""


class Selection(NamedTuple):
    """A statement that selects the numbers of rows.

    Attributes:
        sql: the statement; its last parameter is the maximum number of rows, or -1.
        where: its conditions.
        values: its other parameters, which are those of the conditions.
        is_exact: whether it selects only rows that the query finds.
    """

    sql: str
    where: str
    values: tuple[object, ...]
    is_exact: bool


def select(query: Query, *, ordered: bool = True) -> Selection:
    """Return the statement that selects the rows that a query may find.

    Args:
        query: the query.
        ordered: whether to select them in the order of the query.
    """
    has_tombstones = query.wants_tombstones
    conditions = [condition_of(each, has_tombstones=has_tombstones) for each in query.filters]
    if not has_tombstones:
        conditions.append(Condition("Status <> 'deleted'"))
    if query.start is not None:
        conditions.append(_after(query))
    # SQLite would read all rows in key order rather than sort the rows that an index finds.
    place = ["BucketName", "ObjectKey"]
    if query.location is None and any(each.has_index for each in conditions):
        place = [f"+{column}" for column in place]
    where = " AND ".join(f"({each.sql})" for each in conditions)
    order = f"ORDER BY {_order(query, place)}" if ordered else ""
    sql = f"SELECT Number FROM Records WHERE {where} {order} LIMIT ?"  # noqa: S608 - no values
    values = tuple(value for each in conditions for value in each.values)
    return Selection(sql, where, values, all(each.is_exact for each in conditions))


def _value(query: Query) -> str | None:
    """Return the expression of the value that rows are sorted by; None if all are equal."""
    is_unknown = query.order is Moment.UPLOADED and query.wants_tombstones
    return None if is_unknown else _VALUES.get(query.order)


def _order(query: Query, place: list[str]) -> str:
    value, direction = _value(query), " DESC" if query.descending else ""
    terms = place if value is None else [value, *place]
    # SQLite sorts NULL before all values, and so last in descending order.
    unknown_last = [] if value is None or query.descending else [f"{value} IS NULL"]
    return ", ".join([*unknown_last, *(f"{term}{direction}" for term in terms)])


def _after(query: Query) -> Condition:
    """Return the condition that a row follows the query's cursor."""
    if query.start is None:  # as `select` has checked
        return Condition("1")
    (start, *place), value = query.start, _value(query)
    comparison = "<" if query.descending else ">"
    follows_place = f"(BucketName, ObjectKey) {comparison} (?, ?)"
    if value is None:
        return Condition(follows_place, tuple(place))
    if start is None:
        return Condition(f"{value} IS NULL AND {follows_place}", tuple(place))
    try:
        first = _stored(query, start)
    except OverflowError:  # a cursor that no query returned
        return Condition("1", is_exact=False)
    sql = f"{value} IS NULL OR ({value}, BucketName, ObjectKey) {comparison} (?, ?, ?)"
    return Condition(sql, (first, *place))


def _stored(query: Query, value: SortValue) -> object:
    """Return a value of a cursor as the columns have it."""
    if query.order not in TIMES or not isinstance(value, int | float):
        return value
    moment: datetime = EPOCH + timedelta(microseconds=value)
    return moment.replace(tzinfo=None).isoformat(" ")
