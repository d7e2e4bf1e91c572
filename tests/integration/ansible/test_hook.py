"""What a playbook has a hook of web hosts do, and what Ansible says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from celeriac.release.hooks import Hooks
from tests.unit.release.test_hooks import put

ROOT = Path(__file__).parents[3]


def test_a_playbook_runs_one_for_a_host_and_says_what_it_said(tmp_path: Path) -> None:
    put(tmp_path, "web-out", '#!/bin/sh\necho "$CELERIAC_HOST of $CELERIAC_WHO"\nexit $CODE\n')
    passed = Hooks(tmp_path / "hooks", {"WHO": "{{ ann }}"}).variables()
    words = ["-m", "celeriac_hook", "-a", "name=web-out hooks={{ celeriac_hooks }}"]
    command = [Path(sys.executable).with_name("ansible"), "localhost", *words]
    paths = {
        "PYTHONPATH": str(ROOT),
        "ANSIBLE_ACTION_PLUGINS": str(ROOT / "deploy/ansible/plugins/action"),
    }
    for code, told in ("0", "CHANGED"), ("4", "web-out ended with 4."):
        said = subprocess.run(
            [*command, "-e", json.dumps(passed)],
            env={**os.environ, **paths, "CODE": code},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (said.returncode == 0) == (code == "0")
        assert told in said.stdout
        assert "localhost of {{ ann }}" in said.stdout
