"""Where things run: what celeriac reads of an environment's inventory.

Ansible's own inventory code reads ``hosts.yml``, so ranges, nested groups and group
variables in that file mean what they mean to a playbook. ``group_vars`` are not read:
they hold the vault, and a check needs no secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celeriac.description.problems import InputError, Problem, near_miss
from celeriac.description.reading import read_mapping
from celeriac.places import INVENTORIES as INVENTORIES


@dataclass(frozen=True)
class Inventory:
    """An environment's hosts: their groups, and each host's variables (its groups' included)."""

    environment: str
    file: Path
    groups: dict[str, list[str]]
    hosts: dict[str, dict[str, Any]]
    variables: dict[str, Any]

    def pools(self, application: str) -> dict[str, dict[str, int]]:
        """Host to the application's pools there and how many workers of each (slots)."""
        found = {
            host: (variables.get("celeriac_pools") or {}).get(application) or {}
            for host, variables in self.hosts.items()
        }
        return {host: pools for host, pools in found.items() if pools}

    def site(self, application: str) -> dict[str, Any] | None:
        """The application's site: ``names``, ``port`` and ``url``."""
        sites = self.variables.get("celeriac_sites") or {}
        found: dict[str, Any] | None = sites.get(application)
        return found


def find(environment: str, inventories: Path = INVENTORIES) -> Path:
    """Return ``<inventories>/<environment>/hosts.yml``. Raises `InputError` for an unknown environment."""
    file = _relative(inventories / environment / "hosts.yml")
    if not environment or Path(environment).name != environment or not file.exists():
        known = [path.parent.name for path in inventories.glob("*/hosts.yml")]
        problem = Problem(
            f"-e {environment}",
            f"no environment of this name in {_relative(inventories)}",
            near_miss(environment, known) if known else "Name their folder: --inventories.",
        )
        raise InputError(None, [problem])
    return file


def read(environment: str, inventories: Path = INVENTORIES) -> Inventory:
    """Read ``<inventories>/<environment>/hosts.yml``.

    Raises `InputError` for an unknown environment or a file Ansible cannot use.
    """
    file = find(environment, inventories)
    read_mapping(file, "Write the inventory.", ansible=True)
    return _parse(environment, file)


def _parse(environment: str, file: Path) -> Inventory:
    # Imported here: it takes half a second, and only what reads an inventory pays for it.
    from ansible.errors import AnsibleError
    from ansible.inventory.data import InventoryData
    from ansible.inventory.helpers import get_group_vars
    from ansible.parsing.dataloader import DataLoader
    from ansible.plugins.loader import inventory_loader
    from ansible.utils.vars import combine_vars

    data = InventoryData()
    try:
        inventory_loader.get("yaml").parse(data, DataLoader(), str(file.resolve()), cache=False)
        data.reconcile_inventory()
    except AnsibleError as error:
        what = str(error.message).strip().rstrip(".")
        raise InputError(file, [Problem(str(file), what, "Correct the inventory.")]) from None
    if not data.hosts:
        remedy = "Write them below all/children/<group>/hosts."
        raise InputError(file, [Problem(str(file), "no host in it", remedy)])
    hosts = {
        name: combine_vars(get_group_vars(host.get_groups()), host.get_vars())
        for name, host in data.hosts.items()
    }
    groups = {
        name: [host.name for host in group.get_hosts()] for name, group in data.groups.items()
    }
    return Inventory(environment, file, groups, hosts, data.groups["all"].get_vars())


def _relative(path: Path) -> Path:
    """Return the path as a person in the current folder would type it."""
    try:
        return path.resolve().relative_to(Path.cwd())
    except ValueError:
        return path
