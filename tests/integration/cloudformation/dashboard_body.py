"""Validate and parse the body of a CloudWatch dashboard.

Amazon CloudWatch API Reference, "Dashboard Body Structure and Syntax". Unknown properties are
errors: CloudWatch ignores them, so that the widget shows nothing.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

__all__ = ["InvalidBodyError", "Metric", "Widget", "widgets_of"]

COLUMNS = 24
_BODY = {"widgets", "start", "end", "periodOverride", "variables"}
_WIDGET = {"type", "x", "y", "width", "height", "properties"}
_METRIC_WIDGET = {
    *("accountId", "annotations", "liveData", "legend", "metrics", "period", "region"),
    *("setPeriodToTimeRange", "sparkline", "stacked", "stat", "table", "timezone", "title"),
    *("trend", "view", "yAxis"),
}
_PROPERTIES = {
    "metric": _METRIC_WIDGET,
    "log": {"accountId", "region", "title", "query", "view"},
    "alarm": {"alarms", "sortBy", "states", "title"},
    "text": {"markdown", "background"},
}
_REQUIRED = {"metric": {"region"}, "log": {"region", "query"}, "alarm": {"alarms"}}
_VIEWS = {
    "metric": {"timeSeries", "singleValue", "gauge", "bar", "pie"},
    "log": {"table", "timeSeries", "bar", "pie"},
}
_RENDERING = {
    *("accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible"),
    "yAxis",
}
_AXIS = {"label", "max", "min", "showUnits"}
_HORIZONTAL = {"value", "label", "color", "fill", "visible", "yAxis"}
_STATISTICS = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"}


class InvalidBodyError(Exception):
    """CloudWatch would reject the body, or ignore a part of it."""


@dataclass(frozen=True)
class Metric:
    """A metric in a widget."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    period: int


@dataclass(frozen=True)
class Widget:
    """A widget, with the shorthand in its metrics expanded."""

    kind: str
    title: str
    properties: Mapping[str, Any]
    metrics: tuple[Metric, ...] = ()


def widgets_of(body: str) -> list[Widget]:
    """Return the widgets of a dashboard body.

    Raises:
        InvalidBodyError: the body violates CloudWatch's documentation.
    """
    document = json.loads(body)
    _check_properties("the body", document, _BODY, required={"widgets"})
    _check(len(document["widgets"]) <= 500, "too many widgets")
    areas = [_area(widget) for widget in document["widgets"]]
    for one, other in combinations(areas, 2):
        _check(not one & other, "widgets overlap")
    return [_widget(widget) for widget in document["widgets"]]


def _area(widget: Mapping[str, Any]) -> set[tuple[int, int]]:
    _check_properties("a widget", widget, _WIDGET, required=_WIDGET)
    x, y, width, height = (widget[each] for each in ("x", "y", "width", "height"))
    _check(
        all(type(each) is int for each in (x, y, width, height)),
        "widget position or size is not an integer",
    )
    fits = 0 <= x < x + width <= COLUMNS and y >= 0
    _check(fits and 1 <= height <= 1000, f"widget outside the grid: {widget}")
    return {(column, row) for column in range(x, x + width) for row in range(y, y + height)}


def _widget(widget: Mapping[str, Any]) -> Widget:
    kind, properties = widget["type"], widget["properties"]
    _check(kind in _PROPERTIES, f"unknown widget type: {kind}")
    _check_properties(
        f"a {kind} widget", properties, _PROPERTIES[kind], required=_REQUIRED.get(kind, set())
    )
    if kind in _VIEWS:
        _check(properties.get("view", "timeSeries") in _VIEWS[kind], "unknown view")
    if kind == "alarm":
        _check(1 <= len(properties["alarms"]) <= 100, "not 1 to 100 alarms")
    metrics = tuple(_metrics(properties)) if kind == "metric" else ()
    return Widget(kind, properties.get("title", ""), properties, metrics)


def _metrics(properties: Mapping[str, Any]) -> Iterator[Metric]:
    _check(1 <= len(properties.get("metrics", [])) <= 500, "not 1 to 500 metrics")
    _check(isinstance(properties.get("stacked", False), bool), "stacked is not a boolean")
    _check_properties("yAxis", properties.get("yAxis", {}), {"left", "right"})
    for axis in properties.get("yAxis", {}).values():
        _check_properties("an axis", axis, _AXIS)
    _check_properties(
        "annotations", properties.get("annotations", {}), {"horizontal", "vertical", "alarms"}
    )
    for line in properties.get("annotations", {}).get("horizontal", []):
        _check_properties("an annotation", line, _HORIZONTAL, required={"value"})
        _check(type(line["value"]) in {int, float}, "annotation value is not a number")
    previous: list[str] = []
    for metric in properties["metrics"]:
        *names, last = metric
        rendering = last if isinstance(last, dict) else {}
        _check_properties("a metric", rendering, _RENDERING)
        previous = _expanded(names if isinstance(last, dict) else metric, previous)
        _check(len(previous) >= 2 and len(previous) % 2 == 0, f"incomplete metric: {metric}")
        pairs = list(zip(previous[2::2], previous[3::2], strict=True))
        _check(len(dict(pairs)) == len(pairs) <= 30, f"repeated or too many dimensions: {metric}")
        statistic = rendering.get("stat", properties.get("stat", "Average"))
        period = rendering.get("period", properties.get("period", 300))
        _check(_is_statistic(statistic), f"unknown statistic: {statistic}")
        _check(period in {1, 5, 10, 30} or (period > 0 and period % 60 == 0), "invalid period")
        yield Metric(previous[0], previous[1], frozenset(pairs), statistic, period)


def _expanded(names: list[str], previous: list[str]) -> list[str]:
    """Return the names with `.` and `...` replaced by those of the previous metric."""
    if names and names[0] == "...":
        rest = names[1:]
        _check(bool(previous), "'...' without a previous metric")
        return [*previous[: len(previous) - len(rest)], *rest]
    expanded = []
    for number, name in enumerate(names):
        _check(name != "", "empty name")
        _check(name != "." or number < len(previous), "'.' without a previous name")
        expanded.append(previous[number] if name == "." else name)
    return expanded


def _is_statistic(text: str) -> bool:
    if text in _STATISTICS:
        return True
    return text[:1] == "p" and text[1:].replace(".", "", 1).isdigit() and float(text[1:]) <= 100


def _check_properties(
    part: str, found: Mapping[str, Any], allowed: Collection[str], required: Collection[str] = ()
) -> None:
    """Raise InvalidBodyError if a part has unknown properties or lacks required ones."""
    unknown, missing = set(found) - set(allowed), set(required) - set(found)
    _check(not unknown, f"{part} has unknown properties: {sorted(unknown)}")
    _check(not missing, f"{part} lacks properties: {sorted(missing)}")


def _check(condition: bool, message: str) -> None:  # noqa: FBT001 - takes a condition like assert
    if not condition:
        raise InvalidBodyError(message)
