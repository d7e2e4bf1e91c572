"""Values that `celeriac init` left for a person to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.problems import Problem

# What stands in place of a value; it has no meaning anywhere else.
MARK = "FILL_IN"


def inventory(found: Inventory) -> Iterator[Problem]:
    """Name each value that is left in an inventory; one that all hosts share is named once."""
    for name, value in found.variables.items():
        yield from _within(f"{found.file}, {name}", value)
    for host, variables in found.hosts.items():
        for name, value in variables.items():
            if found.variables.get(name) != value:
                yield from _within(f"{found.file}, host {host}, {name}", value)


def without(left: list[Problem], problems: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out what is said of a value, or of a whole, in which something is ``left`` to fill in."""
    for problem in problems:
        inside = (f"{problem.where}/", f"{problem.where}, ")
        if not any(one.where == problem.where or one.where.startswith(inside) for one in left):
            yield problem


def environment(description: Description, folder: Path) -> Iterator[Problem]:
    """Name each variable that the application wants and nobody has given a value."""
    yield from _within("environment", description.environment)


def _within(where: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _within(f"{where}/{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _within(f"{where}/{index}", item)
    elif isinstance(value, str) and MARK in value:
        yield Problem(where, f"still to be filled in ({value})", f"Write the value over {MARK}.")
