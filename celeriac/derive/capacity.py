"""How many connections the services must accept from an application's processes."""

from __future__ import annotations

from celeriac.description.inventory import Inventory
from celeriac.description.model import Description

# Whatever runs a task or a request may hold Django's connection and, where it publishes outside
# the transaction that is open, one more.
_EACH = 2
# Beat holds its lock on one and reads the schedule on another; the relay listens and claims.
_BEAT = _RELAY = 3
# A deploy starts a release's processes before it stops those of the one before.
_RELEASES = 2
# For the server's own work, its administrator and steps.
RESERVED = 20


def database_connections(description: Description, inventory: Inventory) -> int:
    """Return how many connections to the database all processes together may hold during a deploy.

    A pool's main process counts as one beside those that run its tasks.
    """
    if "database" not in description.uses:
        return 0
    web, groups = description.web, inventory.groups
    count = 0
    if web is not None:
        count += len(groups.get("web", [])) * web.processes * web.threads * _EACH
    if description.beat is not None:
        count += len(groups.get("beat", [])) * _BEAT
    if description.relayed:
        count += len(groups.get("relay", [])) * _RELAY
    for pools in inventory.pools(description.application).values():
        for name, slots in pools.items():
            count += slots * (description.pools[name].concurrency * _EACH + 1)
    return count * _RELEASES


def too_few_connections(needed: int, accepted: int) -> str:
    """Return why a database cannot take as many connections as there may be; empty if it can.

    ``accepted`` is its `max_connections`, ``needed`` what `database_connections` says.
    """
    if needed + RESERVED <= accepted:
        return ""
    return (
        f"its processes open up to {needed} connections to the database during a deploy and "
        f"{RESERVED} are kept free, but it accepts {accepted}"
    )


def no_room_for_connections(own: int, others: int, accepted: int) -> str:
    """Return why what is open now leaves no room for a second release beside this one; or empty.

    ``others`` are connections of other applications, whose own most nobody here knows.
    """
    if own * _RELEASES + others + RESERVED <= accepted:
        return ""
    return (
        f"its processes hold {own} connections, of which a deploy needs as many again, others hold "
        f"{others} and {RESERVED} are kept free, but it accepts {accepted}"
    )
