"""The body of a CloudWatch dashboard, checked against what its documentation allows.

Amazon CloudWatch API Reference, "Dashboard Body Structure and Syntax". Only what the page names is
allowed: CloudWatch passes over a property that it does not know, and shows nothing.
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
_NEEDED = {"metric": {"region"}, "log": {"region", "query"}, "alarm": {"alarms"}}
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
    """CloudWatch would refuse it, or pass over a part of it."""


@dataclass(frozen=True)
class Metric:
    """A metric that is shown."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    statistic: str
    period: int


@dataclass(frozen=True)
class Widget:
    """A widget, its metrics written out."""

    kind: str
    title: str
    properties: Mapping[str, Any]
    metrics: tuple[Metric, ...] = ()


def widgets_of(body: str) -> list[Widget]:
    """Return the widgets of a body.

    Raises:
        InvalidBodyError: it is not as CloudWatch's documentation has it.
    """
    document = json.loads(body)
    _known("the body", document, _BODY, needed={"widgets"})
    _check(len(document["widgets"]) <= 500, "too many widgets")
    taken = [_place(widget) for widget in document["widgets"]]
    for one, other in combinations(taken, 2):
        _check(not one & other, "one widget is over another")
    return [_widget(widget) for widget in document["widgets"]]


def _place(widget: Mapping[str, Any]) -> set[tuple[int, int]]:
    _known("a widget", widget, _WIDGET, needed=_WIDGET)
    x, y, width, height = (widget[each] for each in ("x", "y", "width", "height"))
    _check(all(type(each) is int for each in (x, y, width, height)), "a place that is no number")
    fits = 0 <= x < x + width <= COLUMNS and y >= 0
    _check(fits and 1 <= height <= 1000, f"a widget outside of the grid: {widget}")
    return {(column, row) for column in range(x, x + width) for row in range(y, y + height)}


def _widget(widget: Mapping[str, Any]) -> Widget:
    kind, properties = widget["type"], widget["properties"]
    _check(kind in _PROPERTIES, f"no type of widget: {kind}")
    _known(f"a {kind} widget", properties, _PROPERTIES[kind], needed=_NEEDED.get(kind, set()))
    if kind in _VIEWS:
        _check(properties.get("view", "timeSeries") in _VIEWS[kind], "no view")
    if kind == "alarm":
        _check(1 <= len(properties["alarms"]) <= 100, "too many alarms, or none")
    metrics = tuple(_metrics(properties)) if kind == "metric" else ()
    return Widget(kind, properties.get("title", ""), properties, metrics)


def _metrics(properties: Mapping[str, Any]) -> Iterator[Metric]:
    _check(1 <= len(properties.get("metrics", [])) <= 500, "too many metrics, or none")
    _check(isinstance(properties.get("stacked", False), bool), "stacked is no boolean")
    _known("yAxis", properties.get("yAxis", {}), {"left", "right"})
    for axis in properties.get("yAxis", {}).values():
        _known("an axis", axis, _AXIS)
    _known("annotations", properties.get("annotations", {}), {"horizontal", "vertical", "alarms"})
    for line in properties.get("annotations", {}).get("horizontal", []):
        _known("an annotation", line, _HORIZONTAL, needed={"value"})
        _check(type(line["value"]) in {int, float}, "an annotation of no number")
    before: list[str] = []
    for metric in properties["metrics"]:
        *names, last = metric
        rendering = last if isinstance(last, dict) else {}
        _known("a metric", rendering, _RENDERING)
        before = _written_out(names if isinstance(last, dict) else metric, before)
        _check(len(before) >= 2 and len(before) % 2 == 0, f"no metric: {metric}")
        pairs = list(zip(before[2::2], before[3::2], strict=True))
        _check(len(dict(pairs)) == len(pairs) <= 30, f"a dimension twice, or too many: {metric}")
        statistic = rendering.get("stat", properties.get("stat", "Average"))
        period = rendering.get("period", properties.get("period", 300))
        _check(_is_statistic(statistic), f"no statistic: {statistic}")
        _check(period in {1, 5, 10, 30} or (period > 0 and period % 60 == 0), "no period")
        yield Metric(before[0], before[1], frozenset(pairs), statistic, period)


def _written_out(names: list[str], before: list[str]) -> list[str]:
    """Return the names, `.` being what stands there in the metric before, `...` all that does."""
    if names and names[0] == "...":
        rest = names[1:]
        _check(bool(before), "... of nothing")
        return [*before[: len(before) - len(rest)], *rest]
    found = []
    for number, name in enumerate(names):
        _check(name != "", "a name that is none")
        _check(name != "." or number < len(before), ". of nothing")
        found.append(before[number] if name == "." else name)
    return found


def _is_statistic(text: str) -> bool:
    if text in _STATISTICS:
        return True
    return text[:1] == "p" and text[1:].replace(".", "", 1).isdigit() and float(text[1:]) <= 100


def _known(
    what: str, found: Mapping[str, Any], allowed: Collection[str], needed: Collection[str] = ()
) -> None:
    _check(not set(found) - set(allowed), f"{what} has no {sorted(set(found) - set(allowed))}")
    _check(not set(needed) - set(found), f"{what} lacks {sorted(set(needed) - set(found))}")


def _check(is_so: bool, otherwise: str) -> None:  # noqa: FBT001 - as assert has it
    if not is_so:
        raise InvalidBodyError(otherwise)
