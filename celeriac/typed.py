"""The options that lead a further command to where this one was led, as a person types them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from celeriac.places import FILE, INVENTORIES

if TYPE_CHECKING:
    from celeriac.environments import Environment


def options(place: Environment, file: Path | None = None) -> str:
    """Return environment, description and folder of inventories, the latter two unless by default.

    The environment stands there in any case: a command that is copied must not go elsewhere.
    Without ``file`` the command is one that knows no description.
    """
    words = ["-e", place.name]
    if file not in (None, FILE):
        words += ["-f", str(file)]
    if place.inventories != INVENTORIES:
        words += ["--inventories", str(place.inventories)]
    return shlex.join(words)
