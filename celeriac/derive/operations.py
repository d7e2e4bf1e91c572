"""The process of release steps and of commands that operators run; it has no unit of its own."""

from __future__ import annotations

from typing import Any

from celeriac.derive import environment, process, processes
from celeriac.derive.roles import Role, roles
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description

# A relay's host reaches broker and database and serves nobody else.
_PREFERRED = ("relay", "beat", "worker", "web")


def build(description: Description, inventory: Inventory) -> dict[str, Any] | None:
    """Return the process and the ``host`` it runs on.

    A hosted application's has the users of another process: web, without it beat, without
    both the first pool. None if the application has no process at all.
    """
    found = roles(description)
    if not found:
        return None
    role = next((role for role in found if role.kind == "step"), found[0])
    own = process.build(description, inventory, role, f"step-{description.application}")
    own["credentials"]["values"] = description.all_connections
    return {
        **own,
        "kind": "step",
        "host": _host(description, inventory, role),
        "environment": environment.build(description, inventory, role),
    }


def _host(description: Description, inventory: Inventory, role: Role) -> str | None:
    """Return the first host, as the inventory lists them, with a process that will do."""
    running = processes.by_host(description, inventory)
    hosts = [host for host in inventory.hosts if host in running]
    for kind in _PREFERRED:
        for host in hosts:
            for other in running[host]["processes"]:
                if other["kind"] == kind and (role.kind == "step" or other["name"] == role.process):
                    return host
    return None
