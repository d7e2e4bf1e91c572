"""pyinfra's side: an environment of its own, and the same hosts with as many operations."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.deploy.inventories import STATE
from bench.deploy.ours import Failed, Taken, timed
from deploy.lab.inventory import USER, Lab

VERSION = "3.10.0"
_ENVIRONMENT = STATE / f"pyinfra-{VERSION}"


def installed() -> Path:
    """Return pyinfra's command, installed from PyPI where it is missing."""
    command = _ENVIRONMENT / "bin/pyinfra"
    if not command.exists():
        shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
        python = _ENVIRONMENT / "bin/python"
        for words in (
            [sys.executable, "-m", "venv", str(_ENVIRONMENT)],
            [str(python), "-m", "pip", "install", "--quiet", f"pyinfra=={VERSION}"],
        ):
            done = subprocess.run(words, check=False, capture_output=True, text=True)
            if done.returncode:
                shutil.rmtree(_ENVIRONMENT, ignore_errors=True)
                raise Failed(f"pyinfra {VERSION} cannot be installed from PyPI:\n{done.stderr}")
    return command


def inventory(lab: Lab) -> str:
    """Return pyinfra's inventory, a program: the lab's hosts by name, over SSH with sudo."""
    data = {
        "ssh_user": USER,
        "ssh_key": str(lab.state / "id_ed25519"),
        "ssh_known_hosts_file": str(lab.known_hosts),
        "ssh_strict_host_key_checking": "yes",
        "ssh_allow_agent": False,
        "ssh_look_for_keys": False,
        "_sudo": True,
    }
    hosts = [(host.name, {"ssh_hostname": str(host.address), **data}) for host in lab.hosts]
    return f"hosts = {hosts!r}\n"


class Other:
    """pyinfra with a lab and as many operations of each kind as each of its hosts had of ours."""

    def __init__(self, lab: Lab, counts: Mapping[str, Mapping[str, int]]) -> None:
        self._folder = STATE / "pyinfra" / lab.env
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self._log = STATE / f"{lab.env}-pyinfra.log"
        self._log.write_text("")
        (self._folder / "inventory.py").write_text(inventory(lab))
        shutil.copy(Path(__file__).with_name("converge.py"), self._folder)
        own = {host.name: dict(counts.get(host.name, {})) for host in lab.hosts}
        (self._folder / "counts.json").write_text(json.dumps(own))

    def converge(self) -> Taken:
        """Converge all hosts. Raises `Failed`."""
        files = (str(self._folder / name) for name in ("inventory.py", "converge.py"))
        return timed([str(installed()), "--yes", *files], self._log)
