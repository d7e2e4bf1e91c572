"""Who may do what at the broker: the least that works (measured, see the decisions).

Everything is declared by the deploy, so no process may configure anything. Topic
permissions hold a publisher to its own queues; a delayed task carries its delay in
binary before the queue's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celeriac.derive import delayed, names
from celeriac.derive.roles import Role, roles
from celeriac.description.model import Description

NOTHING = "^$"
EVERYTHING = ".*"


def users(description: Description) -> list[dict[str, Any]]:
    """Return one user a process, with the name of its secret. None may use the management API."""
    return [
        {"name": _user(description, role), "secret": names.broker_secret(role.process), "tags": []}
        for role in roles(description)
    ]


def permissions(description: Description) -> list[dict[str, str]]:
    """Return what each user may configure, write and read in the virtual host."""
    return [
        {
            "user": _user(description, role),
            "configure": NOTHING if description.integrated else EVERYTHING,
            "write": _write(role) if description.integrated else EVERYTHING,
            "read": _any_of(role.queues) if description.integrated else EVERYTHING,
        }
        for role in roles(description)
    ]


def topic_permissions(description: Description) -> list[dict[str, str]]:
    """Return the routing keys that each user may publish with.

    Every user gets both, even if it publishes nothing: without an entry RabbitMQ allows all keys.
    """
    found = []
    for role in roles(description):
        for exchange, prefix in ((names.EXCHANGE, ""), (delayed.TOP, delayed.PREFIX)):
            found.append(
                {
                    "user": _user(description, role),
                    "exchange": exchange,
                    "write": _any_of(role.publishes, prefix),
                    "read": NOTHING,
                }
            )
    return found


def _user(description: Description, role: Role) -> str:
    return names.broker_user(description.application, role.process)


def _write(role: Role) -> str:
    return _any_of([names.EXCHANGE, delayed.TOP]) if role.publishes else NOTHING


def _any_of(allowed: Iterable[str], prefix: str = "") -> str:
    """Return a pattern of whole names. They hold letters, digits, _ and - alone: no escapes."""
    listed = "|".join(allowed)
    return f"^{prefix}({listed})$" if listed else NOTHING
