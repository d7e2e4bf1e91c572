"""Texts for people: aligned columns, and times and sizes in one form."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

import typer

NONE = "-"
_BETWEEN = "  "
_MIB = 2**20
_COLOURS = {
    "ready": typer.colors.GREEN,
    "running": typer.colors.GREEN,
    "starting": typer.colors.YELLOW,
    **dict.fromkeys(("draining", "paused", "drained"), typer.colors.CYAN),
    **dict.fromkeys(("failed", "missing", "unknown", "down", "minority"), typer.colors.RED),
}


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[str | int | None]],
    numbers: Iterable[str] = (),
    least: Iterable[str] = (),
) -> list[str]:
    """Return lines of columns as wide as their longest cell.

    The columns ``numbers`` stand to the right, and the cells of the column STATE are coloured. On
    a terminal that is too narrow the columns ``least`` are left out, one after the other; what is
    read by a program has them all.
    """
    right = set(numbers)
    cells = [
        list(header),
        *([NONE if cell in (None, "") else str(cell) for cell in row] for row in rows),
    ]
    widths = {
        name: max(map(len, column))
        for name, column in zip(header, zip(*cells, strict=True), strict=True)
    }
    kept = _fitting(widths, least)
    return [
        _BETWEEN.join(
            _cell(text, widths[name], right=name in right, state=name == "STATE")
            for name, text in zip(header, row, strict=True)
            if name in kept
        ).rstrip()
        for row in cells
    ]


def _fitting(widths: Mapping[str, int], least: Iterable[str]) -> dict[str, int]:
    """Return the columns for which the terminal has room; where there is none, all."""
    kept = dict(widths)
    if sys.stdout.isatty():
        room = shutil.get_terminal_size().columns
        for name in least:
            if sum(kept.values()) + len(_BETWEEN) * (len(kept) - 1) <= room:
                break
            del kept[name]
    return kept


def iso(seconds: float | None) -> str | None:
    """Return a time of the epoch as programs read it, in UTC and to the second."""
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def plain(moment: str | None) -> str | None:
    """Return a time of `iso` as people read it."""
    return moment.replace("T", " ").removesuffix("Z") if moment else None


def memory(used: int | None, limit: int | None = None) -> str | None:
    """Return a size in MiB, with its limit if there is one."""
    if used is None:
        return None
    return f"{used // _MIB}/{limit // _MIB} MiB" if limit else f"{used // _MIB} MiB"


def count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _cell(text: str, width: int, *, right: bool, state: bool) -> str:
    space = " " * (width - len(text))
    if right:
        return space + text
    colour = _COLOURS.get(text) if state else None
    # `typer.echo` takes the colour away where there is no terminal.
    return (typer.style(text, fg=colour) if colour else text) + space
