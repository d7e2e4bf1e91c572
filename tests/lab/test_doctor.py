"""`celeriac doctor` on the lab's hosts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from celeriac.doctor import hosts
from tests.deployed import ROOT, Deployed

CHECKS = ["reachable", *(check.__name__ for check in hosts.CHECKS)]


def doctor() -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "celeriac", "doctor", "-e", "lab", "--json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.stderr == ""
    found: dict[str, Any] = json.loads(said.stdout)
    return said.returncode, found


def test_the_lab_is_ready(deployed: Deployed) -> None:
    code, found = doctor()
    failed = [one for one in found["checks"] if one["state"] == "failed"]
    assert (code, failed) == (0, [])
    by_host: dict[str, list[str]] = {}
    for one in found["checks"]:
        if one["host"]:
            by_host.setdefault(one["where"], []).append(one["check"])
    assert by_host == dict.fromkeys(deployed.inventory.hosts, CHECKS)
    (broker,) = [
        one
        for one in found["checks"]
        if (one["where"], one["check"]) == ("broker1", "certificates")
    ]
    assert "days left" in broker["what"]
    (names,) = [one for one in found["checks"] if (one["where"], one["check"]) == ("web1", "names")]
    assert names["state"] == "ok"
