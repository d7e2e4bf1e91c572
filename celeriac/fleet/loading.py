"""What a command knows of a fleet before it asks any host."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celeriac import ssh, typed
from celeriac.derive.document import build
from celeriac.description import edge
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.problems import InputError, Problem, near_miss
from celeriac.description.together import load_both
from celeriac.environments import Environment

# Groups whose hosts run processes of applications.
GROUPS = ("web", "workers", "relay", "beat")
# Groups that every inventory has; nobody who mistypes a name means them.
_ANSIBLES = ("all", "ungrouped")


@dataclass(frozen=True)
class Fleet:
    """An application in an environment; ``document`` is the derived one."""

    place: Environment
    inventory: Inventory
    description: Description
    document: dict[str, Any]
    file: Path

    @property
    def typed(self) -> str:
        """Return the options that lead another command here."""
        return typed.options(self.place, self.file)

    @property
    def application(self) -> str:
        return self.description.application

    @property
    def hosts(self) -> list[str]:
        """Return the hosts that may run the application's processes, as the inventory has them.

        Among them are those that ran some before the inventory changed.
        """
        groups = {host for name in GROUPS for host in self.inventory.groups.get(name, [])}
        return [host for host in self.inventory.hosts if host in groups]

    @property
    def edges(self) -> list[str]:
        """Return the hosts of HAProxy that send people to the application."""
        web = any(
            process["kind"] == "web" for host in self.hosts for process in self.processes(host)
        )
        return edge.hosts(self.inventory) if web else []

    @property
    def brokers(self) -> list[str]:
        """Return the hosts of the broker; none where somebody else runs it."""
        outside = "broker" in self.document["external"]
        return [] if outside else self.inventory.groups.get("broker", [])

    def processes(self, host: str) -> list[dict[str, Any]]:
        """Return the processes that a host should run."""
        found: list[dict[str, Any]] = self.document["hosts"].get(host, {}).get("processes", [])
        return found

    def reach(self, host: str, command: list[str]) -> list[str]:
        """Return the command that runs another as root on a host."""
        return ssh.as_root(self.place, host, command)


def load(environment: str, file: Path, inventories: Path) -> Fleet:
    """Read description and inventory. Raises `InputError`; no host was asked anything."""
    place = Environment(environment, inventories)
    description, inventory = load_both(file, environment, inventories)
    recognisable(place)
    return Fleet(place, inventory, description, build(description, inventory)["celeriac"], file)


def recognisable(place: Environment) -> None:
    """Raise `InputError` where the hosts' keys are not known."""
    if problems := unrecognisable(place):
        raise InputError(None, problems)


def unrecognisable(place: Environment) -> list[Problem]:
    """Return the problem that the hosts' keys are not known, if it is one."""
    if place.known_hosts.exists():
        return []
    what = "not there, so no host can be recognised"
    remedy = "Collect the hosts' SSH keys there over a way you trust; docs/guide.md tells how."
    if place.name == "lab":
        remedy = "`make lab` makes the lab's hosts, and writes it."
    return [Problem(str(place.known_hosts), what, remedy)]


def matching(inventory: Inventory, pattern: str | None, among: list[str]) -> list[str]:
    """Return those of some hosts that a pattern names: hosts, groups and globs, with commas.

    Raises `InputError` for a part that names no host of the inventory, and where none is left.
    """
    if pattern is None:
        return among
    parts = [part.strip() for part in pattern.split(",") if part.strip()]
    found, problems = set(), []
    for part in parts:
        named = set(inventory.groups.get(part, [])) | set(fnmatch.filter(inventory.hosts, part))
        found |= named
        if not named:
            groups = [name for name in inventory.groups if name not in _ANSIBLES]
            remedy = near_miss(part, [*inventory.hosts, *groups])
            problems.append(Problem(f"--hosts {part}", "no such host or group", remedy))
    chosen = [host for host in among if host in found]
    if not problems and not chosen:
        remedy = f"Those that do: {', '.join(among)}."
        problems.append(Problem(f"--hosts {pattern}", "no host of it takes part in this", remedy))
    if problems:
        raise InputError(None, problems)
    return chosen
