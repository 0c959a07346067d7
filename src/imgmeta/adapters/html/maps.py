"""Maps of places as SVG; the page's style sheet colors them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from markupsafe import Markup

from imgmeta.core.maps import (
    Circle,
    Frame,
    GridLine,
    Point,
    circles_of,
    clipped_rings,
    frame_around,
    grid_lines,
    parse_outline,
    scale_bar,
)
from imgmeta.core.reports import PlaceCount

__all__ = ["draw_map"]

_MAX_CIRCLES = 300

_LABEL = 14
"""The height of a line of text, in units of a drawing."""


def draw_map(places: Sequence[PlaceCount], *, width: int, css_class: str) -> Markup:
    """Return a map of places as an SVG element. Nothing is loaded from other places.

    Args:
        places: the places.
        width: the width of the drawing.
        css_class: the class of the element.
    """
    frame = frame_around(((each.latitude, each.longitude) for each in places), width)
    circles = circles_of(frame, places, limit=_MAX_CIRCLES)
    title, description = f"map-{css_class}-title", f"map-{css_class}-description"
    start = Markup(
        '<svg class="chart map {}" role="img" aria-labelledby="{}" aria-describedby="{}" '
        'viewBox="0 0 {} {}"><title id="{}">Map of places</title><desc id="{}">{}</desc>'
        '<rect class="water" width="{}" height="{}"/>'
    ).format(
        *(css_class, title, description, width, _short(frame.height), title, description),
        *(_description(frame, circles), width, _short(frame.height)),
    )
    parts = [start, _land(frame), _grid(frame)]
    parts += [_circle(circle) for circle in circles]
    if frame.is_region:
        parts.append(_scale(frame))
    return Markup().join(parts) + Markup("</svg>")


def _description(frame: Frame, circles: Sequence[Circle]) -> str:
    part = "A region" if frame.is_region else "The world"
    if not circles:
        return f"{part}, without places."
    count = len(circles)
    place = circles[0].place
    return (
        f"{part} with {count} circle{'' if count == 1 else 's'}, whose areas grow with the number "
        f"of images. Most images, {place.number:,}, are around {_position(place)}."
    )


@cache
def _outline() -> list[list[Point]]:
    return parse_outline(files("imgmeta.adapters.html").joinpath("land.txt").read_text("ascii"))


def _land(frame: Frame) -> Markup:
    rings = clipped_rings(frame, _outline())
    path = "".join(f"M{' '.join(_points(ring))}Z" for ring in rings)
    return Markup('<path class="land" d="{}"/>').format(path)


def _points(ring: Sequence[Point]) -> list[str]:
    """Return the points of a ring as text, without those that look the same."""
    texts: list[str] = []
    for x, y in ring:
        text = f"{_short(x)},{_short(y)}"
        if not texts or texts[-1] != text:
            texts.append(text)
    return texts


def _grid(frame: Frame) -> Markup:
    lines = grid_lines(frame)
    path = "".join(
        f"M{_short(line.place)},0V{_short(frame.height)}"
        if line.is_meridian
        else f"M0,{_short(line.place)}H{_short(frame.width)}"
        for line in lines
    )
    labels = [
        Markup('<text x="{}" y="{}">{}</text>').format(
            _short(line.place + 4 if line.is_meridian else 4),
            _short(_LABEL if line.is_meridian else line.place - 4),
            line.label,
        )
        for line in lines
        if _has_room(line, frame)
    ]
    return Markup('<path class="grid" d="{}"/>').format(path) + Markup().join(labels)


def _has_room(line: GridLine, frame: Frame) -> bool:
    """Return whether the label of a line is not cut off and touches no text in a corner."""
    if line.is_meridian:
        return 4 * _LABEL <= line.place < frame.width - 4 * _LABEL
    end = frame.height - (2.5 * _LABEL if frame.is_region else 0)
    return 2 * _LABEL < line.place < end


def _circle(circle: Circle) -> Markup:
    count = circle.place.number
    return Markup('<circle cx="{}" cy="{}" r="{}"><title>{}</title></circle>').format(
        *map(_short, (circle.x, circle.y, circle.radius)),
        f"{count:,} image{'' if count == 1 else 's'} around {_position(circle.place)}",
    )


def _scale(frame: Frame) -> Markup:
    bar = scale_bar(frame)
    x, y = _LABEL, frame.height - _LABEL
    return Markup(
        '<path class="scale" d="M{},{}v6h{}v-6"/><text x="{}" y="{}">{} km</text>'
    ).format(*(x, _short(y - 6), _short(bar.length), x + 4, _short(y - 6), f"{bar.kilometers:,g}"))


def _position(place: PlaceCount) -> str:
    """Return a position for people: `48.2° N, 11.6° E`."""
    north = f"{abs(place.latitude):.1f}° {'N' if place.latitude >= 0 else 'S'}"
    east = f"{abs(place.longitude):.1f}° {'E' if place.longitude >= 0 else 'W'}"
    return f"{north}, {east}"


def _short(number: float) -> str:
    """Return a number with one decimal at most."""
    return f"{number:.1f}".removesuffix(".0")
