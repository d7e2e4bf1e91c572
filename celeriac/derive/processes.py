"""The processes of each host: their units, files and credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from celeriac.derive import canaries, commands, names
from celeriac.derive.process import START_TIMEOUT, with_unit
from celeriac.derive.roles import Role, roles
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.processes import SCHEDULER, Beat, Relay, Web

# Seconds beyond the longest task for a worker to notice, acknowledge and close.
STOP_MARGIN = 30
# Seconds for a relay to hear of the confirms it waits for; longer than a publish may take.
RELAY_STOP_TIMEOUT = 30
# Seconds after which a beat that does not tick is killed, so that another leads.
BEAT_WATCHDOG = 30


def by_host(description: Description, inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return inventory host to its processes; hosts without any are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for host, process in _placed(description, inventory):
        found.setdefault(host, []).append(process)
    return {host: {"processes": processes} for host, processes in sorted(found.items())}


def beats_may_overlap(description: Description) -> bool:
    """Whether several beats may run at the same time: of ours one leads."""
    return description.beat is not None and description.beat.scheduler == SCHEDULER


def _placed(description: Description, inventory: Inventory) -> Iterator[tuple[str, dict[str, Any]]]:
    role_of = {role.process: role for role in roles(description)}
    web, beat = description.web, description.beat
    if web is not None:
        for host in inventory.groups.get("web", []):
            yield host, _web(description, inventory, role_of["web"], web)
    if beat is not None:
        for host in inventory.groups.get("beat", []):
            yield host, _beat(description, inventory, role_of["beat"], beat)
    for host in inventory.groups.get("relay", []) if description.relayed else []:
        yield host, _relay(description, inventory, role_of["relay"])
    for host, pool, slot in canaries.places(description, inventory):
        role = role_of[names.pool_process(pool)]
        yield host, _worker(description, inventory, role, pool, slot, host)


def _web(description: Description, inventory: Inventory, role: Role, web: Web) -> dict[str, Any]:
    return with_unit(
        description,
        inventory,
        role,
        "web@.service",
        name=names.web_unit(description.application),
        command=commands.web(description, web),
        ready="self",
        memory=web.memory,
        start_timeout=max(START_TIMEOUT, web.health.within),
        stop_timeout=commands.GRACEFUL_TIMEOUT + 10,
        socket_folder=commands.socket_folder(description.application),
    )


def _beat(description: Description, inventory: Inventory, role: Role, beat: Beat) -> dict[str, Any]:
    return with_unit(
        description,
        inventory,
        role,
        "celery-beat@.service",
        name=names.beat_unit(description.application),
        command=commands.beat(description, beat),
        ready="beat",
        memory=beat.memory,
        stop_timeout=STOP_MARGIN,
        state=beat.scheduler is None,
        # Only ours tells systemd that it ticks.
        watchdog=BEAT_WATCHDOG if beats_may_overlap(description) else None,
    )


def _relay(description: Description, inventory: Inventory, role: Role) -> dict[str, Any]:
    return with_unit(
        description,
        inventory,
        role,
        "outbox-relay@.service",
        name=names.relay_unit(description.application),
        command=commands.relay(description),
        ready="self",
        memory=(description.relay or Relay()).memory,
        stop_timeout=RELAY_STOP_TIMEOUT,
    )


def _worker(
    description: Description, inventory: Inventory, role: Role, name: str, slot: int, host: str
) -> dict[str, Any]:
    pool = description.pools[name]
    connection = names.worker_node(name, slot, host)
    canary = names.canary_queue(name, host, slot) if description.integrated else None
    process = with_unit(
        description,
        inventory,
        role,
        "celery-worker@.service",
        name=names.worker_unit(description.application, name, slot),
        command=commands.worker(description, name, slot, host),
        ready="worker",
        memory=pool.memory,
        nice=pool.nice,
        # Without a hard limit nothing bounds a task, and killing one is never right.
        stop_timeout=None if pool.time_limit is None else pool.time_limit + STOP_MARGIN,
        connection=connection,
        canary=canary,
    )
    proof = {"connection": connection, "queues": pool.queues, "canary": canary}
    return {**process, "proof": proof, "overlap": pool.overlap}
