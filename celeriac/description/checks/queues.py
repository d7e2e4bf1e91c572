"""Queues: their names, who consumes them, who publishes to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from celeriac.derive import in_turn
from celeriac.derive.names import database_user, pool_process
from celeriac.description.model import Description
from celeriac.description.problems import Problem, near_miss

_QUEUE = re.compile(r"[A-Za-z0-9_-]{1,100}")
HOSTED_QUEUE = re.compile(r"[^\s,\x00-\x1f\x7f]{1,255}")
_POOL = re.compile(r"[a-z][a-z0-9-]{0,40}")
_ROLE_LENGTH = 63
_RESERVED = re.compile(r"dead-letters|celery_delayed_.*|canary-.*")


def names(description: Description, folder: Path) -> Iterator[Problem]:
    """Names that the broker, delayed delivery and permissions can work with."""
    for name in description.queues:
        where = f"queues/{name}"
        if not description.integrated:
            if not HOSTED_QUEUE.fullmatch(name):
                remedy = "Celery separates queues by commas: use neither commas nor spaces."
                yield Problem(where, "not a usable queue name", remedy)
        elif "." in name:
            what = "a dot in the name: a delayed task would reach every queue that ends like it"
            yield Problem(where, what, f"Call it '{name.replace('.', '-')}'.")
        elif not _QUEUE.fullmatch(name):
            remedy = "Use 1 to 100 letters, digits, dashes and underscores."
            yield Problem(where, "not a usable queue name", remedy)
        elif _RESERVED.fullmatch(name):
            yield Problem(where, "celeriac declares a queue of this name", "Choose another name.")


def pool_names(description: Description, folder: Path) -> Iterator[Problem]:
    """Names that can be part of the names of a unit and of a database role."""
    for name in description.pools:
        if not _POOL.fullmatch(name):
            remedy = "Use 1 to 41 lower-case letters, digits and dashes, a letter first."
            yield Problem(f"pools/{name}", "not a usable pool name", remedy)
            continue
        role = in_turn.both(database_user(description.application, pool_process(name)))[-1]
        if description.integrated and len(role) > _ROLE_LENGTH:
            what = f"PostgreSQL cuts names at {_ROLE_LENGTH} characters, as of the role {role}"
            yield Problem(f"pools/{name}", what, "Choose a shorter name.")


def default(description: Description, folder: Path) -> Iterator[Problem]:
    """An integrated application says where tasks go that no queue lists, Celery's own included."""
    name = description.default_queue
    if not description.integrated:
        return
    if name is None:
        remedy = f"Add it: the queue for tasks that no queue lists. {_known(description)}"
        yield Problem("default_queue", "missing", remedy.strip())
    elif name not in description.queues:
        what = f"there is no queue '{name}'"
        yield Problem("default_queue", what, near_miss(name, description.queues))


def consumers(description: Description, folder: Path) -> Iterator[Problem]:
    """Every queue has a pool, else its tasks wait for ever."""
    consumed = {queue for pool in description.pools.values() for queue in pool.queues}
    for name in description.queues:
        if name not in consumed:
            remedy = f"Add '{name}' to the queues of a pool, or remove the queue."
            yield Problem(f"queues/{name}", "no pool consumes it", remedy)


def consumed(description: Description, folder: Path) -> Iterator[Problem]:
    """Every pool consumes queues that there are, each once."""
    for name, pool in description.pools.items():
        where = f"pools/{name}/queues"
        if description.integrated and not pool.queues:
            yield Problem(where, "the pool consumes nothing", "List the queues it consumes.")
        yield from _known_once(where, pool.queues, description)


def published(description: Description, folder: Path) -> Iterator[Problem]:
    """What a process may publish to is a queue."""
    if description.integrated:
        for path, publisher in description.publishers.items():
            yield from _known_once(f"{path}/publishes", publisher.publishes, description)


def _known_once(where: str, listed: list[str], description: Description) -> Iterator[Problem]:
    for index, name in enumerate(listed):
        if name not in description.queues:
            remedy = near_miss(name, description.queues)
            yield Problem(f"{where}/{index}", f"there is no queue '{name}'", remedy)
        elif name in listed[:index]:
            yield Problem(f"{where}/{index}", f"'{name}' is listed twice", "Remove one of them.")


def _known(description: Description) -> str:
    return f"Queues: {', '.join(description.queues)}." if description.queues else ""
