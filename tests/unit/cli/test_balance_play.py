"""The playbook of `celeriac balance`, on this machine, with a module that answers as an edge host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from celeriac.environments import ANSIBLE, Environment, ansible_variables

EDGE = """
from ansible.module_utils.basic import AnsibleModule
options = {{"server": {{}}, "state": {{}}, "wait": {{"type": "int"}}, "expect": {{"type": "list"}}}}
module = AnsibleModule(options)
with open({told!r}, "a") as told:
    told.write(module.params["state"] + "\\n")
said = {said!r} if module.params["state"] == "out" else {{}}
(module.fail_json if "msg" in said else module.exit_json)(**said)
"""


@pytest.mark.parametrize(
    ("said", "refused", "why"),
    [
        (
            {"backends": ["shop"], "kept": ["blog"]},
            True,
            "Check that each application has another host: no other web host is well for blog",
        ),
        ({"msg": "HAProxy is mute"}, False, "Take it out of each edge host"),
    ],
)
def test_out_wholly_or_not_at_all(
    tmp_path: Path, said: dict[str, Any], refused: bool, why: str
) -> None:
    asked, failures = tmp_path / "asked", tmp_path / "failures.json"
    (tmp_path / "celeriac_edge.py").write_text(EDGE.format(told=str(asked), said=said))
    here = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "ansible_become": False,
    }
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"hosts": {"web1": here, "edge1": here}}}))
    variables = {
        "celeriac": {"application": "shop", "edge": {"hosts": ["edge1"]}},
        "celeriac_run": {"hosts": []},
        "celeriac_steering": {"host": "web1", "to": "out"},
    }
    environment = {
        **ansible_variables(Environment("test", tmp_path), tmp_path / "log"),
        "ANSIBLE_LIBRARY": f"{tmp_path}{os.pathsep}{ANSIBLE / 'plugins' / 'modules'}",
        "CELERIAC_FAILURES": str(failures),
    }
    environment.pop("ANSIBLE_VAULT_PASSWORD_FILE")
    program = Path(sys.executable).with_name("ansible-playbook")
    words = [program, "-i", inventory, "-e", json.dumps(variables), ANSIBLE / "web_balance.yml"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert asked.read_text().split() == ["out", "in"], done.stdout + done.stderr
    assert done.returncode != 0
    (failure,) = json.loads(failures.read_text())
    assert (failure["host"], failure["refused"]) == ("web1", refused)
    assert failure["message"].startswith(
        f"web1 was not taken out, and is in the balance as before:\n{why}"
    )
