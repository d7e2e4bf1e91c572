"""The inventory's variables with their templates filled in, as a playbook sees them before it asks a host."""

from __future__ import annotations

import functools
from collections.abc import Container
from typing import Any

from celeriac.environments import Environment

# What Ansible itself puts there.
_MAGIC = {
    "ansible_config_file",
    "ansible_facts",
    "ansible_playbook_python",
    "ansible_version",
    "groups",
    "hostvars",
    "omit",
    "playbook_dir",
    "vars",
}


def of(place: Environment, host: str, names: Container[str]) -> dict[str, Any]:
    """Return those of a host's variables that it has.

    Raises:
        InputError: the inventory's variables cannot be read, or one of these cannot be filled in.

    """
    from ansible.errors import AnsibleError

    try:
        found, templar = _of(place, host)
        return {name: templar.template(value) for name, value in found.items() if name in names}
    except AnsibleError as error:
        raise _unreadable(place, error) from None


def all_of(place: Environment, host: str) -> dict[str, Any]:
    """Return all variables that the inventory gives a host.

    One that follows from what a host only tells a playbook stands as it is written. Raises
    `InputError` where the variables cannot be read.
    """
    from ansible.errors import AnsibleError

    try:
        found, templar = _of(place, host)
    except AnsibleError as error:
        raise _unreadable(place, error) from None
    filled = {}
    for name, value in found.items():
        if name not in _MAGIC:
            try:
                filled[name] = templar.template(value)
            except AnsibleError:
                filled[name] = value
    return filled


def _of(place: Environment, host: str) -> tuple[dict[str, Any], Any]:
    from ansible.template import Templar

    loader, inventory, manager = _opened(place)
    found = manager.get_vars(host=inventory.get_host(host))
    return found, Templar(loader=loader, variables=found)


def _unreadable(place: Environment, error: Any) -> Exception:
    from celeriac.description.problems import InputError, Problem

    problem = Problem(str(place.hosts_file), str(error.message), "Correct the inventory.")
    return InputError(place.hosts_file, [problem])


@functools.cache
def _opened(place: Environment) -> tuple[Any, Any, Any]:
    """Read the inventory with Ansible's own code, once for all hosts that a command asks."""
    from ansible.constants import DEFAULT_VAULT_IDENTITY
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.parsing.vault import VaultSecret
    from ansible.plugins.loader import init_plugin_loader
    from ansible.utils.collection_loader import AnsibleCollectionConfig
    from ansible.vars.manager import VariableManager

    # Else no lookup that a variable asks is found; a process can do so once.
    if AnsibleCollectionConfig.collection_finder is None:
        init_plugin_loader()
    loader = DataLoader()
    if place.vault.path.exists():
        place.vault.read()  # says what is wrong with its password
        password = VaultSecret(place.vault.password_file.read_bytes().strip())
        loader.set_vault_secrets([(DEFAULT_VAULT_IDENTITY, password)])
    inventory = InventoryManager(loader=loader, sources=[str(place.hosts_file.resolve())])
    return loader, inventory, VariableManager(loader=loader, inventory=inventory)
