"""Draw the figures of growth.py as SVG.

python benchmarks/growth_chart.py benchmarks/growth.json docs/performance/growth.svg
"""

import json
import sys
from html import escape
from itertools import groupby
from math import log10
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 940, 400
TOP, BOTTOM = 60, 340
LEFT = (70, 570)
PANEL = 300
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b8860b", "#777777"]
"""The colors of Okabe and Ito, which people with color blindness distinguish."""
DASHES = ["", "6 3", "2 2", "8 3 2 3", "4 4", "1 3", "10 4"]

STYLE = """
text { font: 12px sans-serif; fill: #222 }
.grid { stroke: #ddd } .axis { stroke: #222 } .guide { stroke: #999; stroke-dasharray: 2 4 }
rect { fill: #fff }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } rect { fill: #1e1e1e }
  .grid { stroke: #444 } .axis { stroke: #ddd } .guide { stroke: #888 }
}
"""

Figures = list[dict[str, Any]]


class Panel:
    """One diagram: the number of images from left to right, a value from bottom to top.

    Args:
        left: the x coordinate of the left axis.
        counts: the smallest and the largest number of images, powers of ten.
        values: the smallest and the largest value; powers of ten if `logarithmic`.
        logarithmic: whether the values have a logarithmic scale.
    """

    def __init__(
        self,
        left: int,
        counts: tuple[float, float],
        values: tuple[float, float],
        *,
        logarithmic: bool,
    ) -> None:
        self.left = left
        self.counts = counts
        self.values = values
        self.logarithmic = logarithmic

    def x(self, count: float) -> float:
        """Return the coordinate of a number of images."""
        low, high = map(log10, self.counts)
        return self.left + PANEL * (log10(count) - low) / (high - low)

    def y(self, value: float) -> float:
        """Return the coordinate of a value."""
        low, high = map(log10, self.values) if self.logarithmic else self.values
        part = (log10(value) if self.logarithmic else value) - low
        return BOTTOM - (BOTTOM - TOP) * part / (high - low)

    def ticks(self) -> list[float]:
        """Return the values of the grid lines."""
        low, high = self.values
        if self.logarithmic:
            return [10.0**power for power in range(round(log10(low)), round(log10(high)) + 1)]
        step = 10 ** int(log10(high))
        step = step / 2 if high < 4 * step else step
        return [low + step * number for number in range(int((high - low) / step) + 1)]

    def frame(self, title: str, unit: str) -> list[str]:
        """Return the title, the axes and the grid."""
        right = self.left + PANEL
        lines = [f'<text x="{self.left}" y="{TOP - 28}" font-weight="bold">{escape(title)}</text>']
        lines.append(f'<text x="{self.left}" y="{TOP - 10}">{escape(unit)}</text>')
        for value in self.ticks():
            y = self.y(value)
            lines.append(f'<path class="grid" d="M{self.left} {y:.1f}H{right}"/>')
            label = f'<text x="{self.left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,g}</text>'
            lines.append(label)
        low, high = self.counts
        for power in range(round(log10(low)), round(log10(high)) + 1):
            x = self.x(10**power)
            lines.append(f'<path class="grid" d="M{x:.1f} {TOP}V{BOTTOM}"/>')
            label = f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
            lines.append(label)
        lines.append(f'<path class="axis" fill="none" d="M{self.left} {TOP}V{BOTTOM}H{right}"/>')
        middle = self.left + PANEL // 2
        lines.append(f'<text x="{middle}" y="{BOTTOM + 38}" text-anchor="middle">images</text>')
        return lines

    def line(self, points: list[tuple[float, float]], color: str, dash: str) -> list[str]:
        """Return a line with a dot at each point."""
        places = [(self.x(count), self.y(value)) for count, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        style = f'stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"'
        dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{color}"/>' for x, y in places]
        return [f'<polyline points="{path}" fill="none" {style}/>', *dots]


def chart(figures: Figures) -> str:
    """Return the diagrams of times and memory."""
    counts = [each["count"] for each in figures]
    ends = float(min(counts)), float(max(counts))
    highest = max(each["peak"] for each in figures)
    panels = {
        "cpu": Panel(LEFT[0], ends, (0.1, 1000), logarithmic=True),
        "peak": Panel(LEFT[1], ends, (0, 50 * (highest // 50 + 1)), logarithmic=False),
    }
    lines = panels["cpu"].frame("Time", "seconds of CPU time")
    lines += panels["peak"].frame("Memory", "MiB, peak of the process")
    time = panels["cpu"]
    guide = [(count, count * 1e-4) for count in (1000, 10**6) if ends[0] <= count <= ends[1]]
    if len(guide) > 1:
        (x1, y1), (x2, y2) = ((time.x(count), time.y(value)) for count, value in guide)
        lines.append(f'<path class="guide" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')
        lines.append(f'<text x="{x2 + 15:.1f}" y="{y2 + 120:.1f}">dotted: 0.1 ms per image</text>')
    ordered = sorted(figures, key=lambda each: (-time_of_most(figures, each), each["count"]))
    legend = TOP + 6
    for number, (name, group) in enumerate(groupby(ordered, key=lambda each: each["command"])):
        points = list(group)
        color, dash = COLORS[number % len(COLORS)], DASHES[number % len(DASHES)]
        for value, panel in panels.items():
            places = [(each["count"], each[value]) for each in points]
            lines += panel.line(places, color, dash)
        line = f'stroke="{color}" stroke-width="1.8" stroke-dasharray="{dash}"'
        lines.append(f'<path d="M385 {legend}h24" {line}/>')
        lines.append(f'<text x="414" y="{legend + 4}">{escape(name)}</text>')
        legend += 18
    body = "\n".join(lines)
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    label = "CPU time and peak memory of commands by the number of images"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">\n'
        f"<style>{STYLE}</style>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}"/>\n{body}\n</svg>\n'
    )


def time_of_most(figures: Figures, figure: dict[str, Any]) -> float:
    """Return the longest time of a figure's command, by which the legend is sorted."""
    times: list[float] = [each["cpu"] for each in figures if each["command"] == figure["command"]]
    return max(times)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_text(chart(json.loads(source.read_text())["figures"]))
