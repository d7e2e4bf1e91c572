"""Environment variables: names that work, each set in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Set by celeriac, systemd or the host; CELERIAC_ stands for all that begin with it.
_RESERVED = re.compile(
    r"CELERIAC_.*|DJANGO_SETTINGS_MODULE|CREDENTIALS_DIRECTORY|NOTIFY_SOCKET|"
    r"RUNTIME_DIRECTORY|STATE_DIRECTORY|XDG_RUNTIME_DIR"
)


def names(description: Description, folder: Path) -> Iterator[Problem]:
    """Names that a process can be given and that are free."""
    for section, variables in _sections(description):
        for name in variables:
            where = f"{section}/{name}"
            if not _NAME.fullmatch(name):
                remedy = "Use letters, digits and underscores, no digit first."
                yield Problem(where, "not a name for an environment variable", remedy)
            elif name == "DJANGO_SETTINGS_MODULE":
                yield Problem(where, "celeriac sets it", "Remove it and set django/settings.")
            elif _RESERVED.fullmatch(name):
                yield Problem(where, "celeriac or systemd sets it", "Use another name.")


def twice(description: Description, folder: Path) -> Iterator[Problem]:
    """A variable is a connection or literal text, not both."""
    for section, variables in _sections(description):
        for name in variables if section != "connections" else []:
            if name in description.connections:
                what = "the variable is set in connections too"
                yield Problem(f"{section}/{name}", what, "Keep one of them.")


def _sections(description: Description) -> Iterator[tuple[str, list[str]]]:
    yield "connections", list(description.connections)
    yield "step_connections", list(description.step_connections)
    yield "environment", list(description.environment)
    for path, part in description.publishers.items():
        yield f"{path}/environment", list(part.environment)
    if description.relay is not None:
        yield "relay/environment", list(description.relay.environment)
