"""Who may do what at the broker: the least that works (measured, see the decisions).

Everything is declared by the deploy, so no process of an integrated application may
configure anything. Topic permissions hold a publisher to its own queues; a delayed task
carries its delay in binary before the queue's name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from celeriac.derive import canaries as private
from celeriac.derive import delayed, names
from celeriac.derive.canaries import NONE, Canaries
from celeriac.derive.roles import Role, roles
from celeriac.description.model import Description

NOTHING = "^$"
EVERYTHING = ".*"

# Exchange to what stands before a queue's name in the routing keys there.
_PREFIXES = {names.EXCHANGE: "", delayed.TOP: delayed.PREFIX}


def users(description: Description) -> list[dict[str, Any]]:
    """Return one user a process, with the name of its secret. None may use the management API."""
    return [
        {"name": _user(description, role), "secret": names.broker_secret(role.process), "tags": []}
        for role in _roles(description)
    ]


def permissions(description: Description, canaries: Canaries = NONE) -> list[dict[str, str]]:
    """Return what each user may configure, write and read in the virtual host.

    A pool reads the private queues of its own workers, by name: a pattern would let the pool
    `mail` read those of a pool `mail-extra`.
    """
    return [
        {
            "user": _user(description, role),
            "configure": NOTHING if description.integrated else EVERYTHING,
            "write": _any_of(_exchanges(role)) if description.integrated else EVERYTHING,
            "read": _any_of([*role.queues, *canaries.get(role.process, ())])
            if description.integrated
            else EVERYTHING,
        }
        for role in _roles(description)
    ]


def topic_permissions(description: Description, canaries: Canaries = NONE) -> list[dict[str, str]]:
    """Return the routing keys that each user may publish with.

    Every user gets both, even if it publishes nothing: without an entry RabbitMQ allows all keys.
    """
    return [
        {
            "user": _user(description, role),
            "exchange": exchange,
            "write": _any_of(_keys(role, exchange, canaries), prefix),
            "read": NOTHING,
        }
        for role in _roles(description)
        for exchange, prefix in _PREFIXES.items()
    ]


def _roles(description: Description) -> list[Role]:
    return [role for role in roles(description) if role.broker]


def _user(description: Description, role: Role) -> str:
    return names.broker_user(description.application, role.process)


def _exchanges(role: Role) -> list[str]:
    """Return the exchanges to which a process publishes itself.

    What is via the outbox is sent by the relay. Operators replay dead letters, which are due.
    """
    if role.via == "direct":
        return list(_PREFIXES) if role.publishes else []
    return [names.EXCHANGE] if role.kind == "step" else []


def _keys(role: Role, exchange: str, canaries: Canaries) -> list[str]:
    """Return the routing keys of a process. Operators send canaries, which wait for nothing."""
    if exchange not in _exchanges(role):
        return []
    sends_canaries = role.kind == "step" and exchange == names.EXCHANGE
    return [*role.publishes, *(private.queues(canaries) if sends_canaries else [])]


def _any_of(allowed: Iterable[str], prefix: str = "") -> str:
    """Return a pattern of whole names. They hold letters, digits, _ and - alone: no escapes."""
    listed = "|".join(allowed)
    return f"^{prefix}({listed})$" if listed else NOTHING
