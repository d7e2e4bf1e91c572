"""Runs a playbook on an environment, as several commands do."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from celeriac.environments import ANSIBLE, Environment, ansible_variables


def command(
    place: Environment, playbooks: Iterable[str], variables: str, options: Iterable[str] = ()
) -> list[str]:
    """Return the words that run playbooks of the kit; ``variables`` is JSON, or @ and a file of it."""
    return [
        str(Path(sys.executable).with_name("ansible-playbook")),
        *("--inventory", str(place.hosts_file), "--extra-vars", variables, *options),
        *(str(ANSIBLE / name) for name in playbooks),
    ]


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
    done = subprocess.run(
        command(place, [playbook], json.dumps(dict(variables))),
        env=ansible_variables(place, log),
        check=False,
        stdout=subprocess.PIPE if quiet else None,
        text=True,
    )
    if done.returncode and quiet:
        print(done.stdout, file=sys.stderr)
    return done.returncode == 0
