"""The columns of an export, derived from the record: a new attribute is a new column."""

from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin

from pydantic import AwareDatetime, NaiveDatetime

from imgmeta.core.records import ImageRecord

__all__ = ["COLUMNS", "Column", "ColumnType", "ColumnValue", "column_type", "values_of"]

ColumnValue = str | int | float | bool | datetime | None
"""The value of a cell; None: unknown."""


class ColumnType(StrEnum):
    """The type of the values in a column. Every value may be unknown."""

    TEXT = "text"
    INTEGER = "integer"
    """64 bits, signed."""
    FLOAT = "float"
    """64 bits."""
    BOOLEAN = "boolean"
    UTC_TIME = "time in UTC"
    """In microseconds, timezone-aware."""
    LOCAL_TIME = "local time"
    """In microseconds, without a time zone."""


class Column(NamedTuple):
    """A column of an export.

    Attributes:
        name: the name of the attribute, as stored.
        type: the type of its values.
    """

    name: str
    type: ColumnType


_TYPES: dict[object, ColumnType] = {
    bool: ColumnType.BOOLEAN,
    int: ColumnType.INTEGER,
    float: ColumnType.FLOAT,
    AwareDatetime: ColumnType.UTC_TIME,
    NaiveDatetime: ColumnType.LOCAL_TIME,
}


def column_type(annotation: object) -> ColumnType:
    """Return the type of the column for an attribute with this annotation, such as `int | None`.

    Raises:
        TypeError: no column has values of this type.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        return column_type(get_args(annotation)[0])
    if origin in {Union, UnionType}:
        (option,) = (each for each in get_args(annotation) if each is not type(None))
        return column_type(option)
    if isinstance(annotation, type) and issubclass(annotation, str):
        return ColumnType.TEXT
    if annotation not in _TYPES:
        msg = f"no column has values of the type {annotation}"
        raise TypeError(msg)
    return _TYPES[annotation]


COLUMNS = (
    Column("Uri", ColumnType.TEXT),
    *(
        Column(str(field.alias), column_type(field.annotation))
        for field in ImageRecord.model_fields.values()
    ),
)
"""The columns in their order: the URI, then the attributes as `docs/record.md` lists them."""

_attributes = itemgetter(*ImageRecord.model_fields)


def values_of(record: ImageRecord) -> tuple[ColumnValue, ...]:
    """Return the values of a record, one for each of `COLUMNS`."""
    return (record.uri, *_attributes(vars(record)))
