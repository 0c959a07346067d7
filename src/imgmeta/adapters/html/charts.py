"""Charts as SVG: Vega-Lite draws them, and the page's style sheet colors them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from markupsafe import Markup

__all__ = ["Column", "ColumnChart", "draw_columns"]

_LINES = 3
"""About the number of horizontal lines."""

_ROLE = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[a-z ]+")')
"""Roles that Vega-Lite gives to groups without a name, which the title and description replace."""

_ROOT = re.compile(r'<svg [^>]*width="([\d.]+)" height="([\d.]+)" viewBox="([\d. ]+)"[^>]*>')


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart.

    Attributes:
        label: its label, which no other column has; not untrusted text.
        count: its height.
    """

    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """A column chart.

    Attributes:
        name: the prefix of the IDs in the page.
        title: the title, for screen readers.
        description: a summary of the numbers, for screen readers.
        columns: the columns.
    """

    name: str
    title: str
    description: str
    columns: Sequence[Column]


def draw_columns(
    chart: ColumnChart, *, width: int, height: int, ticks: Sequence[str], css_class: str
) -> Markup:
    """Return a chart as an SVG element.

    Vega-Lite gets numbers and labels of this package only, no text from outside.

    Args:
        chart: the chart.
        width: pixels per row.
        height: rows of pixels.
        ticks: the labels of columns to show.
        css_class: the class of the element.
    """
    specification = _specification(chart.columns, width, height, ticks)
    drawn = vl_convert.vegalite_to_svg(specification, allowed_base_urls=[])
    root = _ROOT.match(drawn)
    if root is None:
        msg = "Vega-Lite drew an SVG element of another form"
        raise RuntimeError(msg)
    ids = [f"{chart.name}-{css_class}-{part}" for part in ("title", "description")]
    start = Markup(
        '<svg class="chart {}" role="img" aria-labelledby="{}" aria-describedby="{}" '
        'width="{}" height="{}" viewBox="{}"><title id="{}">{}</title><desc id="{}">{}</desc>'
    ).format(css_class, *ids, *root.groups(), ids[0], chart.title, ids[1], chart.description)
    content = _ROLE.sub("", drawn[root.end() :])
    return start + Markup(content)  # noqa: S704 - drawn from numbers and own labels


def _specification(
    columns: Sequence[Column], width: int, height: int, ticks: Sequence[str]
) -> dict[str, Any]:
    return {
        "data": {"values": [{"x": each.label, "y": each.count} for each in columns]},
        "width": width,
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 0,
        "mark": {"type": "bar", "width": {"band": 0.72}, "color": "var(--accent)"},
        "encoding": {
            "x": {
                "field": "x",
                "type": "ordinal",
                "sort": None,
                "scale": {"paddingInner": 0, "paddingOuter": 0.1},
                "axis": {
                    "values": [*ticks],
                    "labelAngle": 0,
                    "labelOverlap": True,
                    "ticks": False,
                    "domainColor": "var(--line)",
                    "labelPadding": 8,
                },
            },
            "y": {
                "field": "y",
                "type": "quantitative",
                "scale": {"nice": _LINES},
                "axis": {
                    "domain": False,
                    "ticks": False,
                    "tickCount": _LINES,
                    "tickMinStep": 1,
                    "format": ",d",
                    "gridColor": "var(--line)",
                    "labelPadding": 8,
                },
            },
        },
        "config": {
            "aria": False,
            "background": None,
            "view": {"stroke": None},
            "axis": {
                "title": None,
                "labelColor": "var(--muted)",
                "labelFont": "sans-serif",
                "labelFontSize": 12,
            },
        },
    }
