"""Pieces of YAML text with comments, which no YAML library writes where a person wants them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from celeriac.starting.evidence import Place

_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*|[1-9][0-9]*[KMGT]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n", "."}
# From here on a comment stands on a line of its own.
_WIDTH = 100


def scalar(value: Any) -> str:
    """Return text, a number, a truth value or a list of them as YAML writes it on one line."""
    if isinstance(value, list):
        return f"[{', '.join(scalar(item) for item in value)}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def entry(key: str, value: Any, comment: str = "", indent: int = 0) -> list[str]:
    """Return ``key: value  # comment``; a long comment goes before it."""
    space = " " * indent
    line = f"{space}{scalar(key)}: {scalar(value)}"
    if not comment:
        return [line]
    if len(line) + len(comment) + 3 > _WIDTH:
        return [f"{space}# {comment}", line]
    return [f"{line} # {comment}"]


def listed(key: str, values: list[str], comment: str = "", indent: int = 0) -> list[str]:
    """Return a list, one value a line if it does not fit into one."""
    short = entry(key, values, comment, indent)
    if len(short[-1]) <= _WIDTH:
        return short
    space = " " * indent
    head = [f"{space}# {comment}"] if comment else []
    return [*head, f"{space}{scalar(key)}:", *(f"{space}  - {scalar(one)}" for one in values)]


def comments(lines: Iterable[str], indent: int = 0) -> list[str]:
    """Return lines of a comment."""
    return [f"{' ' * indent}# {line}".rstrip() for line in lines]


def guessed(place: Place | None, also: str = "") -> str:
    """Return the mark of a guess: the place that made it, and what a person should know."""
    if place is None:
        return f"guessed: {also or 'nothing in the project says it'}"
    return f"guessed from {place}; {also}" if also else f"guessed from {place}"
