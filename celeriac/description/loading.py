"""Loads celeriac.yml: reads, validates and checks it, and reports all problems at once."""

from __future__ import annotations

from pathlib import Path

from celeriac.description import checks
from celeriac.description.model import Description
from celeriac.description.problems import InputError
from celeriac.description.reading import read_mapping
from celeriac.description.validation import Validated, validate

_MISSING = "Name the description with -f, or run this in the folder that holds celeriac.yml."


def load(path: Path) -> Description:
    """Return the description in ``path``. Raises `InputError` with everything wrong with it."""
    found = examine(path)
    if found.problems:
        raise InputError(path, found.problems)
    return found.description


def examine(path: Path) -> Validated:
    """Return the description in ``path`` with its problems; `InputError` if it cannot be read."""
    found = validate(read_mapping(path, _MISSING))
    problems = checks.check(found.description, path.parent, found.broken)
    return Validated(found.description, [*found.problems, *problems], found.broken)
