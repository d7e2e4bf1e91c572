"""Whether a host has the memory for what should run there."""

from __future__ import annotations

from collections.abc import Mapping

from celeriac.derive.systemd import in_bytes
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.processes import Relay

_MIB = 2**20


def needed(
    description: Description, inventory: Inventory, host: str, pools: Mapping[str, int]
) -> int:
    """Return the bytes that the application's processes may take on a host with such slots."""
    groups = [name for name, hosts in inventory.groups.items() if host in hosts]
    found = sum(in_bytes(description.pools[pool].memory) * slots for pool, slots in pools.items())
    if description.web is not None and "web" in groups:
        found += in_bytes(description.web.memory)
    if description.beat is not None and "beat" in groups:
        found += in_bytes(description.beat.memory)
    if description.relayed and "relay" in groups:
        found += in_bytes((description.relay or Relay()).memory)
    return found


def lack(host: str, need: int, has: int, others: int) -> str | None:
    """Return a sentence if a host's memory is too small; ``others`` is for other applications."""
    if need + others <= has:
        return None
    beside = f" beside {others // _MIB} MiB of other applications" if others else ""
    return f"{host} has {has // _MIB} MiB of memory, and its processes may take {need // _MIB} MiB{beside}"
