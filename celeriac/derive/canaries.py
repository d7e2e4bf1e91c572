"""The private queue of each worker, to which a deploy sends a canary before it trusts the worker.

The queue is that of a place (pool, host, slot) and not of a release: the deploy declares it before
any release is built, and no process has to declare or delete anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from celeriac.derive import names, objects
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description

# Process of a pool to the private queues of its workers.
Canaries = Mapping[str, list[str]]
NONE: Canaries = MappingProxyType({})

# A canary that nobody has read for so long belongs to a deploy that nobody waits for.
_TTL_HOURS = 24


def build(description: Description, inventory: Inventory) -> Canaries:
    """Return the queues of an integrated application's workers; a hosted one has none."""
    found: dict[str, list[str]] = {}
    if description.integrated:
        for host, pool, slot in places(description, inventory):
            queue = names.canary_queue(pool, host, slot)
            found.setdefault(names.pool_process(pool), []).append(queue)
    return found


def places(description: Description, inventory: Inventory) -> Iterator[tuple[str, str, int]]:
    """Yield host, pool and slot of every worker."""
    for host, pools in inventory.pools(description.application).items():
        for pool, slots in pools.items():
            for slot in range(1, slots + 1):
                yield host, pool, slot


def queues(canaries: Canaries) -> list[str]:
    """Return the queues of all pools."""
    return [queue for own in canaries.values() for queue in own]


def bindings(canaries: Canaries) -> list[dict[str, Any]]:
    """Each by its own key to the exchange of all tasks: what a canary proves is that way."""
    return [objects.binding(names.EXCHANGE, "queue", queue, queue) for queue in queues(canaries)]


def policies(canaries: Canaries) -> list[dict[str, Any]]:
    """Return the one policy of all of them. A queue holds one canary: a new one replaces the old."""
    if not canaries:
        return []
    policy = {
        "name": f"{names.CANARY}queues",
        "pattern": f"^{names.CANARY}",
        "apply_to": "quorum_queues",
        "priority": 1,
        "definition": {
            "max-length": 1,
            "overflow": "drop-head",
            "message-ttl": _TTL_HOURS * 3600 * 1000,
        },
    }
    return [policy]
