"""Provisioning by itself, what a playbook says, and Ctrl-C in the middle of one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

from tests.deployed import ROOT, Deployed

CELERIAC = [sys.executable, "-m", "celeriac"]


def celeriac(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CELERIAC, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def told(*words: str) -> Any:
    said = celeriac(*words, "--json")
    assert said.stdout, said.stderr
    return json.loads(said.stdout)


def test_a_part_is_provisioned_with_the_lock_and_a_line_in_the_audit(deployed: Deployed) -> None:
    (cache,) = deployed.inventory.groups["cache"]
    said = celeriac("provision", "--hosts", cache, "--roles", "redis", "-q")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Prepare every host: 1 host, " in said.stdout
    assert "Run the cache: 1 host, no change, " in said.stdout
    (last,) = told("audit", "-n", "1")
    assert (last["what"], last["result"]) == ("provision", "done")
    assert last["message"] == f"only {cache}; roles redis"
    assert told("lock", "show")["lock"] is None


def test_ctrl_c_gives_the_lock_back_and_says_where(deployed: Deployed) -> None:
    process = subprocess.Popen(
        [*CELERIAC, "provision", "--roles", "base"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said = ""
    while "Prepare every host" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    said += process.communicate(timeout=60)[0]
    assert process.returncode == 130, said
    assert "Cut off. What a host had begun may go on there to its end:" in said
    assert "Interrupted. The lock is given back; the audit says where." in said
    assert "Traceback" not in said
    assert told("lock", "show")["lock"] is None
    (last,) = told("audit", "-n", "1")
    assert (last["what"], last["result"]) == ("provision", "failed")
    assert last["where"].startswith("interrupted: ")
