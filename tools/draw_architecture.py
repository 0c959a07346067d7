"""Draw docs/architecture.svg: the layers of imgmeta and the imports between them.

    python tools/draw_architecture.py

The modules and the arrows are read from the source. An arrow is left out where a chain of other
arrows connects the same two layers.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from html import escape
from pathlib import Path
from textwrap import wrap

SOURCE = Path(__file__).parents[1] / "src" / "imgmeta"
DRAWING = Path(__file__).parents[1] / "docs" / "architecture.svg"

LEFT, MAIN, DEPLOYMENT = 0, 1, 2
COLUMNS = {LEFT: (24, 216), MAIN: (294, 430), DEPLOYMENT: (808, 268)}
"""The left edge and the width of the left wing, the main house and the deployment wing."""

TITLES = {LEFT: "Formats and testing", MAIN: "Main house", DEPLOYMENT: "Deployment wing"}
NOTE = "An arrow is an import. Arrows that follow from other arrows are left out."
WIDTH, TOP = 1100, 62
PADDING, GAP, FRAME = 12, 26, 14
LINE, CHARACTER = 17, 7.3  # the height of a line, the width of a character
TRACK = 15  # the distance between parallel arrows
RAISE = 26  # how much higher a room of a wing starts than the room beside it


@dataclass
class Room:
    """A layer, or a part of one.

    Attributes:
        package: the module or package, without the prefix `imgmeta.`.
        text: a description in a few words.
        column: the house or the wing that it belongs to.
        half: 0 or 1 for the left or right half of the column; None for all of it.
        beside: the room of the main house that it is drawn beside.
        row: its position in the column, from the top.
        names: its modules, in lines.
        top: its upper edge.
    """

    package: str
    text: str
    column: int = MAIN
    half: int | None = None
    beside: str = ""
    row: int = 0
    names: list[str] = field(default_factory=list[str])
    top: float = 0

    @property
    def width(self) -> float:
        """The width."""
        return COLUMNS[self.column][1] if self.half is None else COLUMNS[self.column][1] / 2 - 8

    @property
    def height(self) -> float:
        """The height: a title, a description and the names."""
        return 2 * PADDING + LINE * (2 + len(self.names)) - 4

    @property
    def left(self) -> float:
        """The left edge."""
        return COLUMNS[self.column][0] + (COLUMNS[self.column][1] / 2 + 8 if self.half else 0)

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height


Arrow = tuple[Room, Room]
Corners = list[tuple[float, float]]


SHARED = frozenset(
    {"", "entrypoints", "entrypoints.garbage_collection", "deployment", "lazy_exports"}
)
"""Modules that belong to several rooms."""


def rooms() -> list[Room]:
    """Return the rooms, each column from top to bottom."""
    return [
        Room("entrypoints.aws_lambda", "the Lambda function", half=0),
        Room("entrypoints.cli", "the command line", half=1),
        Room("bootstrap", "connects use cases to adapters", row=1),
        Room("config", "settings from environment variables", row=2),
        Room("adapters", "implement the ports", row=3),
        Room("cloudformation", "the template and its parameters", row=4),
        Room("service", "the use cases", row=5),
        Room("ports", "protocols that adapters implement", row=6),
        Room("core", "values and rules, without I/O", row=7),
        Room("errors", "exceptions and their remedies", row=8),
        Room("testing", "contract suites", LEFT, beside="bootstrap"),
        Room("formats", "reads image headers, no I/O", LEFT, beside="service", row=1),
        Room("deployment.bootstrap", "connects the wing", DEPLOYMENT, beside="bootstrap"),
        Room("deployment.adapters", "implement the ports", DEPLOYMENT, beside="adapters", row=1),
        Room("deployment.service", "the use cases", DEPLOYMENT, beside="cloudformation", row=2),
        Room("deployment.ports", "protocols", DEPLOYMENT, beside="ports", row=3),
        Room("deployment.core", "values and rules", DEPLOYMENT, beside="core", row=4),
    ]


def read_modules() -> dict[str, ast.Module]:
    """Return the syntax tree of each module, by its name without the prefix `imgmeta.`."""
    trees: dict[str, ast.Module] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        trees[".".join(part for part in parts if part != "__init__")] = ast.parse(path.read_bytes())
    return trees


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module imports from imgmeta, without the prefix `imgmeta.`."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.removeprefix("imgmeta.") for name in names if name.startswith("imgmeta."))


def find_arrows(layout: Iterable[Room], trees: dict[str, ast.Module]) -> list[Arrow]:
    """Return the imports between rooms, without those that follow from others."""
    by_package = {room.package: room for room in layout}

    def room_of(name: str) -> str | None:
        return next((each for each in by_package if f"{name}.".startswith(f"{each}.")), None)

    targets: defaultdict[str, set[str]] = defaultdict(set)
    for name, tree in trees.items():
        source = room_of(name)
        if source is None and name not in SHARED:
            sys.exit(f"imgmeta.{name} is in no room: add its package to rooms()")
        if source is not None:
            found = map(room_of, imported(tree))
            targets[source] |= {each for each in found if each and each != source}

    TopologicalSorter(targets).prepare()  # raises CycleError if two rooms import each other

    def below(package: str) -> set[str]:
        return targets[package].union(*map(below, targets[package]))

    return [
        (room, by_package[target])
        for room in by_package.values()
        for target in sorted(targets[room.package])
        if not any(target in below(each) for each in targets[room.package])
    ]


def contents(package: str, trees: dict[str, ast.Module]) -> list[str]:
    """Return the names of a package's modules and packages; of ports, those of the protocols."""
    inside = [name.removeprefix(f"{package}.") for name in trees if name.startswith(f"{package}.")]
    if inside and not package.endswith("ports"):
        parents = {name.partition(".")[0] for name in inside if "." in name}
        return [f"{name}/" if name in parents else name for name in inside if "." not in name]
    return [
        node.name
        for name, tree in trees.items()
        if f"{name}.".startswith(f"{package}.")
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    ]


def is_skipping(arrow: Arrow) -> bool:
    """Return whether an arrow passes through another room of the same column."""
    source, target = arrow
    return source.column == target.column and target.row > source.row + 1


def place(layout: list[Room], trees: dict[str, ast.Module], arrows: list[Arrow]) -> None:
    """Set the names in each room, wrapped beside the arrows that pass through it, and its top."""
    bottoms = dict.fromkeys(COLUMNS, float(TOP))
    tops: dict[str, float] = {}
    row_top = float(TOP)
    for room in layout:
        skipping = [each for each in arrows if is_skipping(each) and each[0].column == room.column]
        passing = 0 if room.half is not None else TRACK * len(skipping)
        columns = int((room.width - 2 * PADDING - passing) / CHARACTER)
        room.names = wrap(", ".join(contents(room.package, trees)), columns, break_on_hyphens=False)
        if room.half != 1:
            row_top = max(bottoms[room.column], tops.get(room.beside, 0) - RAISE)
        room.top = tops[room.package] = row_top
        bottoms[room.column] = max(bottoms[room.column], room.bottom + GAP)


def draw_within_columns(arrows: list[Arrow]) -> Iterator[Corners]:
    """Yield the vertical arrows; one that skips a room passes to the right of its text."""
    shafts: defaultdict[int, int] = defaultdict(int)
    for source, target in arrows:
        if source.column == target.column:
            x = source.left + 56
            if is_skipping((source, target)):
                x = source.right - 18 - TRACK * shafts[source.column]
                shafts[source.column] += 1
            yield [(x, source.bottom), (x, target.top)]


def draw_between_columns(arrows: list[Arrow], gutter: int) -> Iterator[Corners]:
    """Yield the arrows between a column and the next one.

    They leave near the top of a room's side, and arrive near the bottom of the other's. Those that
    start higher turn further to the left, so that few of them cross.
    """
    near = COLUMNS[gutter][0] + COLUMNS[gutter][1]
    middle = (near + COLUMNS[gutter + 1][0]) / 2
    here = [each for each in arrows if {each[0].column, each[1].column} == {gutter, gutter + 1}]
    leaving: defaultdict[str, float] = defaultdict(lambda: PADDING + 6)
    arriving: defaultdict[str, float] = defaultdict(lambda: PADDING + 2)
    for number, (source, target) in enumerate(sorted(here, key=lambda each: each[0].top)):
        to_right = source.column == gutter
        x = middle + (number - (len(here) - 1) / 2) * TRACK / 2
        start, end = source.top + leaving[source.package], target.bottom - arriving[target.package]
        leaving[source.package] += TRACK
        arriving[target.package] += TRACK
        yield [
            (source.right if to_right else source.left, start),
            (x, start),
            (x, end),
            (target.left if to_right else target.right, end),
        ]


MARKER = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"'
FONTS = """
  .arrow { fill: none; stroke-width: 1.6; marker-end: url(#head) }
  .wing { stroke-dasharray: 4 4 }
  text { font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
  .title { font-weight: 700; font-size: 13px }
  .text, .note { font-family: system-ui, "Segoe UI", Helvetica, "DejaVu Sans", sans-serif }
  .column { font: 700 15px system-ui, "Segoe UI", Helvetica, "DejaVu Sans", sans-serif }
"""
COLORS = """
  .paper {{ fill: {0} }} .wing {{ fill: {1}; stroke: {3} }} .room {{ fill: {2}; stroke: {3} }}
  .arrow {{ stroke: {4} }} .head {{ fill: {4} }}
  text {{ fill: {5} }} .text, .note {{ fill: {6} }}
"""
LIGHT = COLORS.format("#fff", "#eef2f7", "#fff", "#8795a8", "#2f6fc4", "#1b2430", "#566476")
DARK = COLORS.format("#12171e", "#1a212b", "#252e3a", "#5d6b7e", "#79aef0", "#e8edf3", "#a9b6c6")


def rectangle(kind: str, left: float, top: float, width: float, height: float) -> str:
    """Return a rectangle with rounded corners."""
    return (
        f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" '
        'rx="7"/>'
    )


def draw() -> str:
    """Return the drawing."""
    trees, layout = read_modules(), rooms()
    arrows = find_arrows(layout, trees)
    place(layout, trees, arrows)
    paths = [*draw_within_columns(arrows)]
    for gutter in (LEFT, MAIN):
        paths += draw_between_columns(arrows, gutter)
    for (_, start), *_, (_, end) in paths:
        if start >= end:
            sys.exit("an arrow points up: change the order of rooms()")
    height = max(room.bottom for room in layout) + FRAME + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img">',
        "<title>The layers of imgmeta and the imports between them</title>",
        f"<style>{FONTS}{LIGHT}@media (prefers-color-scheme: dark) {{{DARK}}}</style>",
        f'<marker id="head" {MARKER}><path class="head" d="M0 0L8 4L0 8z"/></marker>',
        rectangle("paper", 0, 0, WIDTH, height),
    ]
    for column, (left, width) in COLUMNS.items():
        inside = [room for room in layout if room.column == column]
        top, bottom = inside[0].top - FRAME, max(room.bottom for room in inside) + FRAME
        parts.append(f'<text class="column" x="{left}" y="{top - 10:g}">{TITLES[column]}</text>')
        parts.append(rectangle("wing", left - FRAME, top, width + 2 * FRAME, bottom - top))
    for room in layout:
        parts.append(rectangle("room", room.left, room.top, room.width, room.height))
        lines = [("title", room.package), ("text", room.text), *(("", x) for x in room.names)]
        for number, (kind, line) in enumerate(lines):
            x, y = room.left + PADDING, room.top + PADDING + 10 + LINE * number
            parts.append(f'<text class="{kind}" x="{x:g}" y="{y:g}">{escape(line)}</text>')
    for path in paths:
        corners = "L".join(f"{x:g} {y:g}" for x, y in path)
        parts.append(f'<path class="arrow" d="M{corners}"/>')
    parts.append(f'<text class="note" x="{FRAME}" y="{height - 14:g}">{NOTE}</text>')
    return "\n".join([*parts, "</svg>\n"])


if __name__ == "__main__":
    DRAWING.write_text(draw(), "utf-8")
