"""Runs a playbook on an environment, as several commands do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celeriac.environments import ANSIBLE, Environment, ansible_variables


def run(
    place: Environment,
    playbook: str,
    log: Path,
    variables: Mapping[str, Any],
    quiet: bool = False,
) -> bool:
    """Run a playbook of the kit and return whether it succeeded; ``log`` gets everything said.

    ``variables`` go before the inventory's and stand in a command line: no secrets. ``quiet``
    shows nothing unless it fails.
    """
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "--inventory",
        str(place.hosts_file),
        "--extra-vars",
        json.dumps(dict(variables)),
        str(ANSIBLE / playbook),
    ]
    done = subprocess.run(
        command,
        env=ansible_variables(place, log),
        check=False,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
    )
    if done.returncode and quiet:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0
