"""What the derived document says of one process, whichever kind it is."""

from __future__ import annotations

from typing import Any

from celeriac.derive import environment, services, units
from celeriac.derive.roles import Role
from celeriac.derive.systemd import environment_file, in_bytes
from celeriac.derive.units import Unit
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description

# Seconds a process may take until it is ready: imports, django.setup(), the broker.
START_TIMEOUT = 90


def build(description: Description, inventory: Inventory, role: Role, unit: str) -> dict[str, Any]:
    """Return a process with its credentials, its logins and its environment file."""
    where = units.folder(description.application, unit)
    variables = environment.build(description, inventory, role)
    return {
        "name": role.process,
        "kind": role.kind,
        "unit": unit,
        "credentials": {
            "directory": f"{where}/credentials",
            "values": connections(description, role),
        },
        "broker": services.broker_login(description, role),
        "database": services.database_login(description, role),
        "files": [_file(f"{where}/environment", environment_file(variables), "0600")],
    }


def with_unit(
    description: Description, inventory: Inventory, role: Role, template: str, **own: Any
) -> dict[str, Any]:
    """Return a process that is a unit of systemd; ``own`` are settings of its `Unit`."""
    unit = Unit(
        application=description.application,
        description=f"{description.application} {role.process}",
        credentials=list(connections(description, role)),
        integrated=description.integrated,
        **{"start_timeout": START_TIMEOUT, **own},
    )
    process = build(description, inventory, role, unit.name)
    path = f"/etc/systemd/system/{unit.name}@.service.d/celeriac.conf"
    return {
        **process,
        "template": template,
        "files": [*process["files"], _file(path, units.drop_in(unit), "0644")],
        "memory": in_bytes(unit.memory),
        "start_timeout": unit.start_timeout,
        "stop_timeout": unit.stop_timeout,
    }


def connections(description: Description, role: Role) -> dict[str, str]:
    """Return the connections of a process: without the broker's where it has no user there."""
    return {
        variable: expression
        for variable, expression in description.connections.items()
        if role.broker or not expression.startswith("broker.")
    }


def _file(path: str, content: str, mode: str) -> dict[str, Any]:
    return {"path": path, "content": content, "mode": mode, "owner": "root", "group": "root"}
