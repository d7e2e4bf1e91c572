"""The processes of each host: their units, files and credentials."""

from __future__ import annotations

from typing import Any

from celeriac.derive import commands, environment, names, units
from celeriac.derive.roles import Role, roles
from celeriac.derive.systemd import environment_file
from celeriac.derive.units import Unit
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description

# Seconds a process may take until it is ready: imports, django.setup(), the broker.
START_TIMEOUT = 90
# Seconds beyond the longest task for a worker to notice, acknowledge and close.
STOP_MARGIN = 30


def by_host(description: Description, inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return inventory host to its processes; hosts without any are left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    role_of = {role.process: role for role in roles(description)}
    for host in inventory.groups.get("web", []) if description.web else []:
        found.setdefault(host, []).append(_web(description, role_of["web"]))
    for host in inventory.groups.get("beat", []) if description.beat else []:
        found.setdefault(host, []).append(_beat(description, role_of["beat"]))
    for host, pools in inventory.pools(description.application).items():
        for pool, slots in pools.items():
            role = role_of[names.pool_process(pool)]
            for slot in range(1, slots + 1):
                found.setdefault(host, []).append(_worker(description, role, pool, slot, host))
    return {host: {"processes": processes} for host, processes in sorted(found.items())}


def for_steps(description: Description) -> dict[str, Any] | None:
    """Return the process that runs release steps, with the broker user of another process.

    That is web's, without web beat's, without both the first pool's. It has an environment
    file and no unit of its own. None if the application has no process at all.
    """
    found = roles(description)
    if not found:
        return None
    role, name = found[0], f"step-{description.application}"
    process = _process(description, role, name)
    process["credentials"]["values"] = description.all_connections
    return {
        **process,
        "kind": "step",
        "files": [_environment_file(description, role, name)],
        "environment": environment.build(description, role),
    }


def _web(description: Description, role: Role) -> dict[str, Any]:
    web = description.web
    assert web is not None  # noqa: S101 (the caller has looked)
    unit = _unit(
        description,
        role,
        name=names.web_unit(description.application),
        command=commands.web(description, web),
        ready="self",
        memory=web.memory,
        start_timeout=max(START_TIMEOUT, web.health.within),
        stop_timeout=commands.GRACEFUL_TIMEOUT + 10,
        socket_folder=commands.socket_folder(description.application),
    )
    return _with_unit(description, role, unit, "web@.service")


def _beat(description: Description, role: Role) -> dict[str, Any]:
    beat = description.beat
    assert beat is not None  # noqa: S101 (the caller has looked)
    unit = _unit(
        description,
        role,
        name=names.beat_unit(description.application),
        command=commands.beat(description, beat),
        ready="beat",
        memory=beat.memory,
        stop_timeout=STOP_MARGIN,
        state=beat.scheduler is None,
    )
    return _with_unit(description, role, unit, "celery-beat@.service")


def _worker(
    description: Description, role: Role, pool_name: str, slot: int, host: str
) -> dict[str, Any]:
    pool = description.pools[pool_name]
    unit = _unit(
        description,
        role,
        name=names.worker_unit(description.application, pool_name, slot),
        command=commands.worker(description, pool_name, slot, host),
        ready="worker",
        memory=pool.memory,
        nice=pool.nice,
        # Without a hard limit nothing bounds a task, and killing one is never right.
        stop_timeout=None if pool.time_limit is None else pool.time_limit + STOP_MARGIN,
    )
    return _with_unit(description, role, unit, "celery-worker@.service")


def _unit(description: Description, role: Role, **own: Any) -> Unit:
    settings = {"start_timeout": START_TIMEOUT} | own
    return Unit(
        application=description.application,
        description=f"{description.application} {role.process}",
        credentials=list(description.connections),
        integrated=description.integrated,
        **settings,
    )


def _with_unit(description: Description, role: Role, unit: Unit, template: str) -> dict[str, Any]:
    path = f"/etc/systemd/system/{unit.name}@.service.d/celeriac.conf"
    drop_in = _file(path, units.drop_in(unit), "0644")
    return {
        **_process(description, role, unit.name),
        "template": template,
        "files": [_environment_file(description, role, unit.name), drop_in],
        "start_timeout": unit.start_timeout,
        "stop_timeout": unit.stop_timeout,
    }


def _process(description: Description, role: Role, unit: str) -> dict[str, Any]:
    application = description.application
    return {
        "name": role.process,
        "kind": role.kind,
        "unit": unit,
        "credentials": {
            "directory": f"{units.folder(application, unit)}/credentials",
            "values": dict(description.connections),
        },
        "broker": {
            "user": names.broker_user(application, role.process),
            "secret": names.broker_secret(role.process),
        },
    }


def _environment_file(description: Description, role: Role, unit: str) -> dict[str, Any]:
    path = f"{units.folder(description.application, unit)}/environment"
    return _file(path, environment_file(environment.build(description, role)), "0600")


def _file(path: str, content: str, mode: str) -> dict[str, Any]:
    return {"path": path, "content": content, "mode": mode, "owner": "root", "group": "root"}
