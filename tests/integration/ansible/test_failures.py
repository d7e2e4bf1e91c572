"""A host that fails or cannot be reached ends a playbook, by the keywords that its plays have."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ansible_mitogen
import pytest

from tests.artefacts.test_plays import forms

STRATEGIES = Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"
# Nobody listens there.
GONE = {
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "ansible_ssh_common_args": "-o BatchMode=yes",
    "then": "true",
}
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "then": "true",
}


def goes_on(folder: Path, form: dict[str, Any], first: dict[str, Any], strategy: str) -> list[str]:
    """Return the hosts that were touched although the first failed; `later` has a play of its own."""
    hosts = {"first": first, "second": HERE, "later": HERE}
    touch = {
        "ansible.builtin.raw": f"touch {folder}/{{{{ inventory_hostname }}}} && {{{{ then }}}}"
    }
    play = {"gather_facts": False, "tasks": [touch]}
    written = [{**play, **form, "hosts": "first,second"}, {**play, "hosts": "later"}]
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "playbook.yml").write_text(json.dumps(written))
    (folder / "ansible.cfg").touch()
    command = Path(sys.executable).with_name("ansible-playbook")
    said = subprocess.run(
        [command, "--inventory", "hosts.yml", "playbook.yml"],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": "ansible.cfg",
            "ANSIBLE_STRATEGY": strategy,
            "ANSIBLE_STRATEGY_PLUGINS": str(STRATEGIES),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"first .* (unreachable|failed)=1 ", said.stdout), said.stdout + said.stderr
    assert said.returncode != 0
    return [host for host in ("second", "later") if (folder / host).exists()]


@pytest.mark.parametrize("strategy", ["linear", "mitogen_linear"])
@pytest.mark.parametrize("form", [form for form in forms() if "ignore_unreachable" not in form])
def test_a_host_that_cannot_be_reached_ends_it(
    tmp_path: Path, form: dict[str, Any], strategy: str
) -> None:
    """With `any_errors_fatal` alone such a host counts twice, its batch is never the whole one that
    failed, and what comes after begins.
    """
    touched = goes_on(tmp_path, form, GONE, strategy)
    # In one batch, the others may have begun the task that the host was asked for.
    assert touched == [] if "serial" in form else "later" not in touched


@pytest.mark.parametrize("form", [form for form in forms() if "ignore_unreachable" not in form])
def test_a_host_that_fails_ends_it(tmp_path: Path, form: dict[str, Any]) -> None:
    touched = goes_on(tmp_path, form, {**HERE, "then": "false"}, "mitogen_linear")
    assert touched == [] if "serial" in form else "later" not in touched
