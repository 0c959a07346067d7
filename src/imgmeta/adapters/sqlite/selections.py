"""Queries as SQL statements that select the numbers of rows, in order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from imgmeta.adapters.sqlite.conditions import LABELS, NUMBERS, TIMES, Condition, condition_of
from imgmeta.core.attributes import Moment, Order, Sort, SortValue
from imgmeta.core.cursors import Position
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.queries import Query
from imgmeta.core.timestamps import EPOCH

__all__ = ["Selection", "select", "select_same_sizes"]

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
    Order.COMPLETE: "Complete",
    Order.LATITUDE: "Latitude",
    Order.LONGITUDE: "Longitude",
}
"""The expressions of the values that rows are sorted by, except for the key and a distance."""


class _Value(NamedTuple):
    """The expression of the value that rows are sorted by, and its parameters."""

    sql: str
    parameters: tuple[float, ...] = ()
    unknown: str = ""
    """Whether the value is unknown."""


class Selection(NamedTuple):
    """A statement that selects the numbers of rows.

    Attributes:
        sql: the statement. Its parameters are those of the conditions, those of the order, and the
            maximum number of rows, or -1.
        where: its conditions.
        values: the parameters of the conditions.
        is_exact: whether it selects only rows that the query finds.
        order: the parameters of the order.
    """

    sql: str
    where: str
    values: tuple[object, ...]
    is_exact: bool
    order: tuple[float, ...] = ()


def select(query: Query, *, ordered: bool = True) -> Selection:
    """Return the statement that selects the rows that a query may find.

    Args:
        query: the query.
        ordered: whether to select them in the order of the query.
    """
    conditions = _conditions(query)
    if query.start is not None:
        conditions.append(_after(query, query.start))
    where = _all(conditions)
    # SQLite would read all rows in key order rather than sort the rows that an index finds.
    place = ["BucketName", "ObjectKey"]
    if query.location is None and where.has_index:
        place = [f"+{column}" for column in place]
    order = _order(query, place) if ordered else _Value("")
    terms = f"ORDER BY {order.sql}" if ordered else ""
    sql = f"SELECT Number FROM Records WHERE {where.sql} {terms} LIMIT ?"  # noqa: S608 - no values
    return Selection(sql, where.sql, where.values, where.is_exact, order.parameters)


def select_same_sizes(query: Query) -> Selection | None:
    """Return the statement that selects the rows that a query finds and whose size is not unique.

    They are ordered by size, the largest first. None if SQL selects other rows too.
    """
    where = _all([*_conditions(query), Condition("FileSize > 0")])
    if not where.is_exact:
        return None
    sql = f"""
        SELECT BucketName, ObjectKey, FileSize, ContentHash, ETag FROM Records
        WHERE {where.sql} AND FileSize IN (
            SELECT FileSize FROM Records WHERE {where.sql} GROUP BY FileSize HAVING count(*) > 1
        ) ORDER BY FileSize DESC, BucketName, ObjectKey
    """  # noqa: S608 - no values
    return Selection(sql, where.sql, where.values * 2, is_exact=True)


def _conditions(query: Query) -> list[Condition]:
    """Return the conditions of the filters, without the cursor."""
    has_tombstones = query.wants_tombstones
    conditions = [condition_of(each, has_tombstones=has_tombstones) for each in query.filters]
    return conditions if has_tombstones else [*conditions, Condition("Status <> 'deleted'")]


def _all(conditions: Sequence[Condition]) -> Condition:
    return Condition(
        " AND ".join(f"({each.sql})" for each in conditions),
        tuple(value for each in conditions for value in each.values),
        all(each.is_exact for each in conditions),
        any(each.has_index for each in conditions),
    )


def _value(query: Query) -> _Value | None:
    """Return the value that rows are sorted by; None if all are equal."""
    if query.order is Moment.UPLOADED and query.wants_tombstones:  # all are unknown
        return None
    if isinstance(query.order, DistanceFrom):
        position = (float(query.order.latitude), float(query.order.longitude))
        unknown = "Latitude IS NULL OR Longitude IS NULL"
        return _Value("distance(?, ?, Latitude, Longitude)", position, unknown)
    sql = _VALUES.get(query.order)
    return None if sql is None else _Value(sql, unknown=f"{sql} IS NULL")


def _order(query: Query, place: list[str]) -> _Value:
    """Return the terms of ORDER BY."""
    value, direction = _value(query), " DESC" if query.descending else ""
    if value is None:
        return _Value(", ".join(f"{term}{direction}" for term in place))
    # SQLite sorts NULL before all values, and so last in descending order.
    unknown_last = [] if query.descending else [value.unknown]
    terms = [*unknown_last, *(f"{term}{direction}" for term in (value.sql, *place))]
    return _Value(", ".join(terms), value.parameters)


def _after(query: Query, position: Position) -> Condition:
    """Return the condition that a row follows a position."""
    (start, *place), value = position, _value(query)
    comparison = "<" if query.descending else ">"
    follows_place = f"(BucketName, ObjectKey) {comparison} (?, ?)"
    if value is None:
        return Condition(follows_place, tuple(place))
    if start is None:
        return Condition(f"({value.unknown}) AND {follows_place}", tuple(place))
    try:
        first = _stored(query, start)
    except OverflowError:  # a cursor that no query returned
        return Condition("1", is_exact=False)
    follows = f"({value.sql}, BucketName, ObjectKey) {comparison} (?, ?, ?)"
    return Condition(f"{value.unknown} OR {follows}", (*value.parameters, first, *place))


def _stored(query: Query, value: SortValue) -> object:
    """Return a value of a cursor as the columns have it."""
    if query.order not in TIMES or not isinstance(value, int | float):
        return value
    moment: datetime = EPOCH + timedelta(microseconds=value)
    return moment.replace(tzinfo=None).isoformat(" ")
