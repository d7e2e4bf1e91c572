"""A plot as SVG text: seconds over the number of hosts, a line for each series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 190, 40, 48
_COLOURS = ("#1b6ca8", "#c1440e", "#3a7d44", "#7a4f9a")
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_LINES = 8  # of the grid, at most


def step(top: float) -> int:
    """Return the distance of the grid's lines, so that they are few and round."""
    return next((step for step in _STEPS if top / step <= _LINES), 1000)


def svg(title: str, series: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Return a plot of ``series``: name to points of hosts and seconds, both axes from zero."""
    points = [point for line in series.values() for point in line]
    hosts = sorted({x for x, _ in points})
    distance = step(max(y for _, y in points))
    top = (int(max(y for _, y in points)) // distance + 1) * distance
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def across(x: float) -> float:
        return round(_LEFT + width * x / hosts[-1], 1)

    def down(y: float) -> float:
        return round(_TOP + height * (1 - y / top), 1)

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(_LEFT, 22, title, size=14),
        text(_LEFT - 40, _TOP - 6, "seconds"),
        text(_LEFT + width / 2, HEIGHT - 10, "hosts", anchor="middle"),
    ]
    for mark in range(0, top + 1, distance):
        drawn += [
            f'<path d="M{_LEFT} {down(mark)}H{_LEFT + width}" stroke="#ddd"/>',
            text(_LEFT - 8, down(mark) + 4, str(mark), anchor="end"),
        ]
    drawn += [text(across(x), _TOP + height + 18, str(x), anchor="middle") for x in hosts]
    for (name, line), colour in zip(series.items(), _COLOURS, strict=False):
        path = "L".join(f"{across(x)} {down(y)}" for x, y in line)
        drawn.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{across(x)}" cy="{down(y)}" r="3" fill="{colour}"/>' for x, y in line
        ]
        x, y = line[-1]
        drawn.append(text(across(x) + 8, down(y) + 4, name, colour=colour))
    return "\n".join([*drawn, "</svg>", ""])


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 12, colour: str = "#222"
) -> str:
    where = f'x="{round(x, 1)}" y="{round(y, 1)}"'
    how = f'text-anchor="{anchor}" font-size="{size}" fill="{colour}"'
    return f"<text {where} {how}>{escape(words)}</text>"
