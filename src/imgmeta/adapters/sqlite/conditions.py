"""Filters as SQL conditions on the columns of a row.

`Filter.matches` is the truth: a condition that is exact holds for the same records, and any other
one holds for these and more.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from imgmeta.adapters.sqlite.columns import CAMERA_TEXT
from imgmeta.adapters.sqlite.key_ranges import key_range
from imgmeta.core.attributes import Label, Moment, Number, Presence, Shape, Sort
from imgmeta.core.filters import (
    Contains,
    ErrorContains,
    Filter,
    Has,
    HasShape,
    HasStatus,
    InBox,
    InBucket,
    Incomplete,
    KeyGlob,
    Near,
    Not,
    NumberBetween,
    ReaderBefore,
    TimeBetween,
)
from imgmeta.core.geography import Rectangle
from imgmeta.core.limits import MAX_STORED_INTEGER
from imgmeta.core.timestamps import ceil_seconds

__all__ = ["LABELS", "NUMBERS", "TIMES", "Condition", "condition_of"]


class Condition(NamedTuple):
    """An SQL condition.

    Attributes:
        sql: the expression; NULL is false.
        values: its parameters.
        is_exact: whether it holds only for records that match.
        has_index: whether an index finds its rows.
    """

    sql: str
    values: tuple[object, ...] = ()
    is_exact: bool = True
    has_index: bool = False


_MEGAPIXELS = "CAST(DisplayWidth AS REAL) * CAST(DisplayHeight AS REAL) / 1000000.0"
NUMBERS: dict[Sort, str] = {
    Number.WIDTH: "DisplayWidth",
    Number.HEIGHT: "DisplayHeight",
    Number.MEGAPIXELS: _MEGAPIXELS,
    Number.SIZE: "FileSize",
    Number.ISO: "Iso",
    Number.FOCAL: "FocalLength",
}
LABELS: dict[Sort, str] = {
    Label.CAMERA: CAMERA_TEXT,
    Label.LENS: "LensModel",
    Label.FORMAT: "Format",
}
TIMES: dict[Sort, str] = {Moment.TAKEN: "TakenAt", Moment.TAKEN_UTC: "TakenAtUtc"}
_PRESENCES = {
    Presence.LOCATION: "Latitude IS NOT NULL AND Longitude IS NOT NULL",
    Presence.DATE: "TakenAt IS NOT NULL",
    Presence.CAMERA: "Camera IS NOT NULL",
}
_SHAPES = {Shape.PORTRAIT: "<", Shape.LANDSCAPE: ">", Shape.SQUARE: "="}

# See `functions` for texts as BLOBs.
_CAMERAS = f"""(Camera, {CAMERA_TEXT}) IN (
    SELECT Camera, Text FROM (
        SELECT DISTINCT Camera, {CAMERA_TEXT} AS Text FROM Records
        WHERE Status <> 'deleted' LIMIT -1
    )
    WHERE contains(CAST(Text AS BLOB), ?)
)"""  # noqa: S608 - constants
"""Compares each camera once, and then finds its images in the index. Without the limit, SQLite
compares the camera of each row."""

_UNKNOWN = Condition("1", is_exact=False)


def condition_of(each: Filter, *, has_tombstones: bool) -> Condition:
    """Return the condition of a filter.

    Args:
        each: the filter.
        has_tombstones: whether it is used for tombstones too.
    """
    condition = _condition(each, has_tombstones=has_tombstones)
    if _are_storable(condition.values):
        return condition
    return _UNKNOWN


def _condition(each: Filter, *, has_tombstones: bool) -> Condition:  # noqa: C901, PLR0911, PLR0912 - one case for each filter
    match each:
        case Not(inner):
            inner_condition = condition_of(inner, has_tombstones=has_tombstones)
            if not inner_condition.is_exact:
                return _UNKNOWN
            sql = f"({inner_condition.sql}) IS NOT TRUE"
            return Condition(sql, inner_condition.values)
        case InBucket(bucket, prefix):
            sql = "BucketName = ? AND ObjectKey >= CAST(? AS TEXT) AND ObjectKey < ?"
            return Condition(sql, (bucket, *key_range(prefix)))
        case KeyGlob(pattern):
            return Condition("matches_glob(CAST(ObjectKey AS BLOB), ?)", (pattern,))
        case HasStatus(status):
            return Condition("Status = ?", (status.value,))
        case Incomplete():
            return Condition("Complete = 0")
        case ErrorContains(text):
            sql = "contains(CAST(Error AS BLOB), ?) OR contains(CAST(ContentError AS BLOB), ?)"
            return Condition(sql, (text.casefold(),) * 2)
        case ReaderBefore(version):
            return Condition("ifnull(ReaderVersion, 0) < ?", (version,))
        case NumberBetween(attribute, minimum, maximum):
            condition = _between(NUMBERS[attribute], (minimum, maximum), "<=")
            return condition._replace(has_index=attribute is Number.SIZE)
        case TimeBetween(attribute, since, until):
            return _time_between(attribute, since, until, has_tombstones=has_tombstones)
        case Contains(Label.CAMERA, text) if not has_tombstones:
            return Condition(_CAMERAS, (text.casefold(),), has_index=True)
        case Contains(attribute, text):
            sql = f"contains(CAST({LABELS[attribute]} AS BLOB), ?)"
            return Condition(sql, (text.casefold(),))
        case Near():
            return _within(each.rectangles)._replace(is_exact=False)
        case InBox():
            return _within(each.rectangles)
        case Has(part):
            return Condition(_PRESENCES[part])
        case HasShape(shape):
            return Condition(f"DisplayWidth {_SHAPES[shape]} DisplayHeight")


def _between(column: str, limits: Sequence[object], below: str) -> Condition:
    operators = zip(limits, (">=", below), strict=True)
    given = [(value, operator) for value, operator in operators if value is not None]
    comparisons = [f"{column} {operator} ?" for _, operator in given]
    sql = " AND ".join(comparisons or [f"{column} IS NOT NULL"])
    return Condition(sql, tuple(value for value, _ in given))


def _time_between(
    moment: Moment, since: datetime | None, until: datetime | None, *, has_tombstones: bool
) -> Condition:
    limits = (since, until)
    if moment is Moment.UPLOADED:
        seconds = [None if each is None else ceil_seconds(each) for each in limits]
        condition = _between("UploadTimestamp", seconds, "<")
        if not has_tombstones:
            return condition._replace(has_index=True)
        return condition._replace(sql=f"Status <> 'deleted' AND {condition.sql}")
    try:
        texts = [None if each is None else _text(each) for each in limits]
    except OverflowError:  # a limit in year 1 or 9999, in another time zone
        return _UNKNOWN
    condition = _between(TIMES[moment], texts, "<")
    return condition._replace(has_index=moment is Moment.TAKEN)


def _text(moment: datetime) -> str:
    local = moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    return local.isoformat(" ")


def _within(rectangles: list[Rectangle]) -> Condition:
    one = "(Latitude BETWEEN ? AND ? AND Longitude BETWEEN ? AND ?)"
    sql = f"Latitude IS NOT NULL AND ({' OR '.join([one] * len(rectangles))})"
    edges = [(each.south, each.north, each.west, each.east) for each in rectangles]
    return Condition(sql, tuple(edge for each in edges for edge in each), has_index=True)


def _are_storable(values: tuple[object, ...]) -> bool:
    """Return whether SQLite has such values: integers of 64 bits, and texts without surrogates."""
    try:
        "".join(each for each in values if isinstance(each, str)).encode()
    except UnicodeEncodeError:
        return False
    return all(abs(each) <= MAX_STORED_INTEGER for each in values if isinstance(each, int))
