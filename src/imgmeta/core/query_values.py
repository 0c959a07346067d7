"""Queries from names and values as text: options of a command, or parameters of a URL."""

from collections.abc import Callable, Iterable
from datetime import datetime

from imgmeta.core.attributes import Label, Moment, Number, Order, Sort
from imgmeta.core.filter_values import FILTER_NAMES, FilterParser, filter_name
from imgmeta.core.filters import Filter, Near, Not, NumberBetween, TimeBetween
from imgmeta.core.geography import DistanceFrom
from imgmeta.core.queries import Query
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.core.times import range_error
from imgmeta.core.uris import location_of
from imgmeta.errors import ConfigurationError

__all__ = ["SORT_NAMES", "parse_query"]

_SORTS: dict[str, Sort] = {
    **{each.value: each for each in Order},
    **{each.value: each for each in Moment},
    **{each.value: each for each in Label},
    **{each.value: each for each in Number},
}

_DISTANCE = "distance"

SORT_NAMES = (*_SORTS, _DISTANCE)
"""The names by which a query can be sorted, as in `list --sort`."""

_ANY_DISTANCE = "20100km"
"""More than half of the earth's circumference."""

_NOT_FILTERS = frozenset({"within", "sort", "after"})

_Given = tuple[str, str, Filter]
"""The name and the value of a filter as given, and the filter."""


def _target_of_uri(text: str) -> Target:
    msg = f"invalid prefix '{printable(text)}': use a URI, such as s3://holiday/2026/"
    try:
        location = location_of(text)
    except ValueError as error:
        raise ConfigurationError(msg) from error
    if not location.bucket:
        raise ConfigurationError(msg)
    return Target(location.bucket, location.key)


def parse_query(
    values: Iterable[tuple[str, str]],
    *,
    now: datetime,
    parse_target: Callable[[str], Target] = _target_of_uri,
) -> Query:
    """Return the query that names and values mean; an image must match all of the filters.

    The names are those of the filters of `imgmeta list`, and `sort` and `after`; with or without
    the two hyphens before them, and with hyphens or underscores between their words. Messages show
    names as given. If `sort` or `after` is given twice, the last one counts.

    Args:
        values: the names and values. The value of `incomplete` is empty or `true`.
        now: the current time, timezone-aware. Ages such as `7d` count from it; for `taken-since`
            and `taken-until`, from its local time.
        parse_target: converts the value of `prefix` to a target; by default, it must be a URI.

    Raises:
        ConfigurationError: a name is unknown, a value is invalid, two filters contradict, or
            `after` is a cursor of another order.
    """
    pairs = list(values)
    others = {filter_name(name): (name, value) for name, value in pairs}
    sort_name, sort = others.get("sort", ("", ""))
    by_distance = sort.removeprefix("-").lower() == _DISTANCE
    within = others.get("within", ("", _ANY_DISTANCE if by_distance else ""))[1]
    filters = _parse_filters(
        [pair for pair in pairs if filter_name(pair[0]) not in _NOT_FILTERS],
        None if by_distance else others.get("within"),
        FilterParser(parse_target, now, within),
    )
    attribute: Sort | None = None
    if by_distance:
        attribute = _distance(sort_name, filters)
    elif "sort" in others:
        attribute = _parse_sort(sort_name, sort)
    after = others["after"][1] if "after" in others else None
    return Query(filters, attribute, descending=sort.startswith("-"), after=after)


def _parse_filters(
    pairs: list[tuple[str, str]], within: tuple[str, str] | None, parser: FilterParser
) -> tuple[Filter, ...]:
    given = [(name, value, _parsed(parser, name, value)) for name, value in pairs]
    if within is not None and not any(_has_position(each) for _, _, each in given):
        near = within[0].replace("within", "near")
        msg = f"{within[0]} needs a position: add, for example, {near} 48.137,11.575"
        raise ConfigurationError(msg)
    _check_times(given)
    _check_numbers(given)
    return tuple(each for _, _, each in given)


def _distance(name: str, filters: Iterable[Filter]) -> DistanceFrom:
    """Return the distance from the position of `near`.

    Raises:
        ConfigurationError: no filter has a position.
    """
    for each in filters:
        if isinstance(each, Near):
            return DistanceFrom(each.latitude, each.longitude)
    near = name.replace("sort", "near")
    msg = f"{name} distance needs a position: add, for example, {near} 48.137,11.575"
    raise ConfigurationError(msg)


def _parse_sort(name: str, text: str) -> Sort:
    """Return the attribute of a sort order such as `size` or `-size`.

    Raises:
        ConfigurationError: it is not an attribute.
    """
    attribute = text.removeprefix("-").lower()
    if attribute not in _SORTS:
        known = ", ".join(SORT_NAMES)
        msg = f"invalid {name} '{printable(text)}': use {known}, or -size for largest first"
        raise ConfigurationError(msg)
    return _SORTS[attribute]


def _parsed(parser: FilterParser, name: str, value: str) -> Filter:
    kind = filter_name(name)
    if kind == "not":
        return parser.negated(value, option=name)
    if kind not in FILTER_NAMES:
        msg = f"unknown filter '{printable(name)}': use {', '.join(FILTER_NAMES)} or not"
        raise ConfigurationError(msg)
    return parser.parse(name, value)


def _has_position(each: Filter) -> bool:
    return isinstance(each.filter if isinstance(each, Not) else each, Near)


def _check_times(given: list[_Given]) -> None:
    """Check that each range of times starts before its end.

    Raises:
        ConfigurationError: a range does not.
    """
    starts = dict[Moment, tuple[datetime, str, str]]()
    ends = dict[Moment, tuple[datetime, str, str]]()
    for name, text, each in given:
        # Upload times always have both limits, of which the name says which one was given.
        if isinstance(each, TimeBetween) and name.endswith("since") and each.since is not None:
            start = (each.since, name, text)
            starts[each.attribute] = max(starts.get(each.attribute, start), start)
        elif isinstance(each, TimeBetween) and each.until is not None:
            end = (each.until, name, text)
            ends[each.attribute] = min(ends.get(each.attribute, end), end)
    for attribute in starts.keys() & ends.keys():
        since, until = starts[attribute], ends[attribute]
        if since[0] >= until[0]:
            raise range_error(since[2], until[2], names=(since[1], until[1]))


def _check_numbers(given: list[_Given]) -> None:
    """Check that no minimum is greater than the maximum.

    Raises:
        ConfigurationError: one is.
    """
    minima = dict[Number, tuple[float, str]]()
    maxima = dict[Number, tuple[float, str]]()
    for name, _, each in given:
        if not isinstance(each, NumberBetween):
            continue
        if each.minimum is not None:
            low = (each.minimum, name)
            minima[each.attribute] = max(minima.get(each.attribute, low), low)
        if each.maximum is not None:
            high = (each.maximum, name)
            maxima[each.attribute] = min(maxima.get(each.attribute, high), high)
    for attribute in minima.keys() & maxima.keys():
        (minimum, low_name), (maximum, high_name) = minima[attribute], maxima[attribute]
        if minimum > maximum:
            msg = f"{low_name} must not be greater than {high_name}"
            raise ConfigurationError(msg)
