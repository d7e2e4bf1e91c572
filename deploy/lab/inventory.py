"""The lab's hosts, read from an Ansible inventory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import yaml

from deploy.lab.errors import LabError

REPOSITORY = Path(__file__).resolve().parents[2]
INVENTORIES = REPOSITORY / "deploy/ansible/inventories"
USER = "debian"

_UNITS = {"m": 1024**2, "g": 1024**3}
_ENV = re.compile(r"^[a-z][a-z0-9-]{0,30}$")


@dataclass(frozen=True)
class Host:
    """One host: ``memory`` is its limit in bytes, ``cpu_weight`` its part of busy processors."""

    name: str
    address: IPv4Address
    memory: int
    cpu_weight: int
    groups: frozenset[str]


@dataclass(frozen=True)
class Lab:
    """One inventory's hosts and the /24 network that holds their addresses."""

    env: str
    folder: Path
    hosts: tuple[Host, ...]
    network: IPv4Network

    @property
    def state(self) -> Path:
        """Where this lab's generated files live; ignored by git."""
        return REPOSITORY / ".celeriac" / self.env

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    def host(self, name: str) -> Host:
        """Return the host of that name; raise LabError when the inventory has none."""
        for host in self.hosts:
            if host.name == name:
                return host
        raise LabError(
            f"the inventory of {self.env} has no host {name}",
            "its hosts are " + ", ".join(host.name for host in self.hosts),
        )


def read(env_or_folder: str) -> Lab:
    """Read a lab from an environment's name or an inventory folder's path.

    Only ``hosts.yml`` counts: ``ansible_host`` and the lab's own variables stand there as plain
    values, so that no vault has to be opened to start the hosts.
    """
    folder = Path(env_or_folder) if "/" in env_or_folder else INVENTORIES / env_or_folder
    file = folder / "hosts.yml"
    if not file.is_file():
        known = sorted(path.parent.name for path in INVENTORIES.glob("*/hosts.yml"))
        raise LabError(
            f"unknown ENV {env_or_folder}: there is no {shown(file)}",
            "use one of " + ", ".join(known) + ", or create that file",
        )
    return describe(folder.resolve(), _variables(file))


def shown(path: Path) -> Path:
    """Return a path as messages show it: from the repository's root where it is inside."""
    return path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path


def _variables(file: Path) -> dict[str, dict[str, Any]]:
    # Imported late: half a second, for which `services-image` need not wait.
    from ansible.inventory.helpers import get_group_vars
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader

    try:
        yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:  # Ansible would say so in thirty lines, and go on
        raise LabError(f"{shown(file)}: {error}", "correct the file's YAML") from None
    inventory = InventoryManager(loader=DataLoader(), sources=[str(file)])
    return {
        host.name: get_group_vars(host.get_groups()) | host.get_vars()
        for host in inventory.get_hosts()
    }


def describe(folder: Path, variables: Mapping[str, Mapping[str, Any]]) -> Lab:
    """Build the lab from each host's variables; raise one LabError with all problems."""
    file = shown(folder / "hosts.yml")
    problems: list[str] = []
    if not _ENV.match(folder.name):
        problems.append(f"{folder}: an environment's name is lower-case letters, digits and dashes")
    if not variables:
        problems.append(f"{file}: no hosts, or not readable as an inventory")
    hosts = [
        host for name, given in variables.items() if (host := _host(file, name, given, problems))
    ]
    network = IPv4Network((hosts[0].address, 24), strict=False) if hosts else IPv4Network(0)
    problems += _address_problems(file, hosts, network)
    if problems:
        raise LabError("\n".join(problems), "correct the inventory; nothing was started or changed")
    return Lab(folder.name, folder, tuple(hosts), network)


def _host(file: Path, name: str, given: Mapping[str, Any], problems: list[str]) -> Host | None:
    where = f"{file}: {name}"
    found = len(problems)
    try:
        address = IPv4Address(str(given.get("ansible_host", "")))
    except AddressValueError:
        problems.append(f"{where}: ansible_host should be the IPv4 address the host will get")
    memory = re.match(r"^(\d+)([mg])$", str(given.get("lab_memory", "")))
    if not memory:
        problems.append(
            f"{where}: lab_memory should be a size such as 512m or 1g; hosts without it are"
            " real machines, which the lab never touches"
        )
    weight = str(given.get("lab_cpu_weight", 1))
    if not re.fullmatch(r"[1-9]\d?", weight):
        problems.append(f"{where}: lab_cpu_weight should be a number from 1, as without it, to 99")
    if given.get("ansible_user", USER) != USER:
        problems.append(f"{where}: ansible_user should be {USER}, the user of the lab's image")
    if len(problems) > found or not memory:
        return None
    return Host(
        name=name,
        address=address,
        memory=int(memory[1]) * _UNITS[memory[2]],
        cpu_weight=int(weight),
        groups=frozenset(given.get("group_names", ())),
    )


def _address_problems(file: Path, hosts: list[Host], network: IPv4Network) -> list[str]:
    count = Counter(host.address for host in hosts)
    problems = []
    for host in hosts:
        where = f"{file}: {host.name}: {host.address}"
        if count[host.address] > 1:
            problems.append(f"{where} is the address of more than one host")
        if host.address not in network:
            problems.append(f"{where} is outside {network}, the network of {hosts[0].name}")
        elif host.address in (network[0], network[1], network[-1]):
            problems.append(f"{where} is reserved: first, gateway or last of {network}")
    return problems
