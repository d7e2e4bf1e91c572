"""Where an environment's files stand, and the process environment for Ansible."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from celeriac.places import ANSIBLE as ANSIBLE
from celeriac.places import ROOT as ROOT
from celeriac.places import STATE as STATE
from celeriac.vault import Vault


@dataclass(frozen=True)
class Environment:
    """An environment: the folder of its inventory, its vault and what a deploy leaves here."""

    name: str
    inventories: Path

    @property
    def folder(self) -> Path:
        return self.inventories / self.name

    @property
    def hosts_file(self) -> Path:
        return self.folder / "hosts.yml"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def vault(self) -> Vault:
        password = os.environ.get("CELERIAC_VAULT_PASSWORD_FILE") or self.folder / ".vault-password"
        path = self.folder / "group_vars" / "all" / "vault.yml"
        return Vault(self.name, path, Path(password))

    def state(self, application: str) -> Path:
        """Folder for what a deploy of this application leaves on the control host."""
        return STATE / self.name / application

    def log_file(self, name: str) -> Path:
        """Where the whole output of a command goes; the folder is made."""
        path = STATE / "log" / self.name / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def ansible_variables(environment: Environment, log: Path) -> dict[str, str]:
    """The process environment that `ansible-playbook` needs for this environment."""
    import ansible_mitogen

    plugins = Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"
    variables = {
        **os.environ,
        "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
        "ANSIBLE_STRATEGY": os.environ.get("CELERIAC_STRATEGY", "mitogen_linear"),
        "ANSIBLE_STRATEGY_PLUGINS": str(plugins),
        "ANSIBLE_LOG_PATH": str(log),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(environment.vault.password_file),
        # The filters call the kit's pure functions.
        "PYTHONPATH": str(ROOT),
    }
    # A vault identity or inventory of the person's own shell is not meant for us.
    for name in ("ANSIBLE_VAULT_IDENTITY_LIST", "ANSIBLE_INVENTORY"):
        variables.pop(name, None)
    return variables
