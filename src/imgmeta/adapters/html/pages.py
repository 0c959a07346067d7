"""The HTML page of a report."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from imgmeta.adapters.html.charts import Column, ColumnChart, draw_columns
from imgmeta.adapters.html.formatting import (
    base64,
    day,
    during,
    file_name,
    file_size_class,
    megapixel_class,
    minute,
    number,
    percent,
    period,
    position,
    shown_name,
    shown_text,
    tick,
    ticks,
)
from imgmeta.adapters.html.maps import draw_map
from imgmeta.core.reports import Class, PlaceCount, Report, Timeline, TimeUnit
from imgmeta.core.text import file_size

__all__ = ["html_page"]


class _Form(NamedTuple):
    """A form of a chart: its size, how many labels of times fit, and its class in the page."""

    width: int
    height: int
    labels: int
    css_class: str


_WIDE = _Form(880, 220, 9, "wide")
_NARROW = _Form(320, 190, 4, "narrow")
"""The style sheet shows one of these forms of a timeline: text that shrinks with its drawing is
illegible on a phone."""

_MEDIUM = _Form(420, 200, 0, "medium")

_FILTERS: dict[str, Any] = {
    "base64": base64,
    "day": day,
    "during": during,
    "file_name": file_name,
    "file_size_class": file_size_class,
    "megapixel_class": megapixel_class,
    "minute": minute,
    "name": shown_name,
    "number": number,
    "percent": percent,
    "period": period,
    "position": position,
    "size": file_size,
    "text": shown_text,
}

_ADJECTIVES = {TimeUnit.DAY: "daily", TimeUnit.MONTH: "monthly", TimeUnit.YEAR: "yearly"}


def html_page(report: Report) -> Iterator[bytes]:
    """Yield an HTML page with a report, which loads nothing: see `ReportEncoder`.

    Its content security policy forbids scripts and requests, and allows only its own style sheet.
    """
    template = _environment().get_template("report.html")
    style = _source("report.css")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    pieces = template.generate(
        report=report,
        style=Markup(style),  # noqa: S704 - the package's own file
        style_hash=f"sha256-{digest}",
        uploads=_timeline_charts(report.uploads, "uploads", "Uploads"),
        photos=_timeline_charts(report.photos, "photos", "Photos"),
        megapixels=_class_chart(report.megapixels, "megapixels", "Megapixels"),
        file_sizes=_class_chart(report.file_sizes, "file-sizes", "File sizes in megabytes"),
        map=_maps(report.places.cells),
    )
    return (piece.encode() for piece in pieces)


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_source),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(_FILTERS)
    return environment


def _source(name: str) -> str:
    return files("imgmeta.adapters.html").joinpath("templates", name).read_text("utf-8")


def _timeline_charts(timeline: Timeline, name: str, title: str) -> Markup:
    """Return both charts of a timeline; nothing if at most one period has images."""
    if sum(1 for bar in timeline.bars if bar.number) < 2:  # noqa: PLR2004 - a pair
        return Markup()
    unit = timeline.unit
    first, last = (period(timeline.bars[index].start, unit) for index in (0, -1))
    highest = max(timeline.bars, key=lambda bar: bar.number)
    description = (
        f"{_ADJECTIVES[unit].capitalize()} numbers from {first} to {last}. The highest is "
        f"{highest.number:,}, {during(highest.start, unit)}."
    )
    columns = [Column(tick(bar.start, unit), bar.number) for bar in timeline.bars]
    chart = ColumnChart(name, f"{title} over time", description, columns)
    starts = [bar.start for bar in timeline.bars]
    return Markup().join(
        _drawn(chart, form, ticks(starts, unit, form.labels)) for form in (_WIDE, _NARROW)
    )


def _class_chart(classes: tuple[Class, ...], name: str, title: str) -> Markup:
    """Return the chart of a distribution; nothing if no image has a value."""
    if not classes:
        return Markup()
    label = file_size_class if name == "file-sizes" else megapixel_class
    highest = max(classes, key=lambda each: each.number)
    description = f"Most images, {highest.number:,}, have {label(highest)}."
    columns = [Column(label(each), each.number) for each in classes]
    chart = ColumnChart(name, title, description, columns)
    return _drawn(chart, _MEDIUM, [column.label for column in columns])


def _maps(places: Sequence[PlaceCount]) -> Markup:
    """Return the wide and the narrow map of places."""
    return Markup().join(
        draw_map(places, width=form.width, css_class=form.css_class) for form in (_WIDE, _NARROW)
    )


def _drawn(chart: ColumnChart, form: _Form, labels: Sequence[str]) -> Markup:
    return draw_columns(
        chart, width=form.width, height=form.height, ticks=labels, css_class=form.css_class
    )
