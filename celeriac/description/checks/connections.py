"""Connections: expressions and secrets that there are, and none that does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.derive.connections import EXPRESSIONS
from celeriac.description.model import Description
from celeriac.description.problems import Problem, near_miss

_OWN = "secret."


def expressions(description: Description, folder: Path) -> Iterator[Problem]:
    """Each variable carries something that exists."""
    for variable, expression in description.all_connections.items():
        own = variable in description.step_connections
        where = f"{'step_connections' if own else 'connections'}/{variable}"
        name = expression.removeprefix(_OWN)
        if expression.startswith(_OWN):
            if name not in description.secrets:
                remedy = near_miss(name, description.secrets)
                if not description.secrets:
                    remedy = f"Add '{name}' to secrets."
                yield Problem(where, f"there is no secret '{name}'", remedy)
        elif expression not in EXPRESSIONS:
            remedy = near_miss(expression, [*EXPRESSIONS, "secret.<name>"])
            yield Problem(where, f"'{expression}' is not known", remedy)


def unused(description: Description, folder: Path) -> Iterator[Problem]:
    """A secret or a cache that no variable carries would do nothing."""
    for index, secret in enumerate(description.secrets):
        if secret in description.secrets[:index]:
            yield Problem(f"secrets/{index}", f"'{secret}' is listed twice", "Remove one of them.")
        elif f"{_OWN}{secret}" not in description.all_connections.values():
            remedy = f"Add a connection with secret.{secret}, or remove it."
            yield Problem(f"secrets/{index}", f"no connection carries '{secret}'", remedy)
    if description.cache is not None and "cache" not in description.uses:
        remedy = "Add a connection with cache.url, or remove it."
        yield Problem("cache", "no connection carries the cache", remedy)


def keys(description: Description, folder: Path) -> Iterator[Problem]:
    """Who uses the cache has keys of its own there."""
    if description.cache is None and "cache.url" in description.all_connections.values():
        what = "missing, or its user may read the keys of every application on the same server"
        remedy = f'Add `key_prefix: "{description.application}:"`, and begin every key with it.'
        yield Problem("cache/key_prefix", what, remedy)
