"""The second application, seen from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import requests

from celeriac.cli.prepared import prepare, release_of
from celeriac.description.inventory import INVENTORIES
from celeriac.environments import Environment
from celeriac.release import history
from demo.main_job import wait
from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed, make

DESCRIPTION = MINIMAL / "celeriac.yml"
APP = f"APP={DESCRIPTION}"


def deploy_unless_it_runs() -> None:
    """Deploy the checkout's release, unless it was the last that was tried and all of it runs."""
    if not _runs(checkout()):
        said = make("deploy-only", APP)
        assert said.code == 0, said.text


def go_back() -> None:
    """Put the checkout's release in force again, which must be on the hosts."""
    said = make("rollback", APP, f"RELEASE={checkout()}")
    assert said.code == 0, said.text


def checkout() -> str | None:
    """The name of the checkout's release; None where it was not built yet."""
    return release_of(prepare(DESCRIPTION, Environment("lab", INVENTORIES)))


def _runs(release: str | None) -> bool:
    status, audit = _asked("status"), _asked("audit", "-n", "1000")
    if release is None or status.returncode or audit.returncode:
        return False
    # One that failed, or was refused late, may have left files of its own.
    last = history.last_tried(json.loads(audit.stdout)) or {}
    running = list(json.loads(status.stdout)["releases"])
    return running == [release] and (last.get("release"), last.get("result")) == (release, "done")


def _asked(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", *words, "-f", str(DESCRIPTION), "--json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def units(deployed: Deployed, application: str) -> dict[str, str]:
    """When each unit of an application was started, by host and unit."""
    found = {}
    for host in deployed.lab.hosts:
        units = [f"{kind}-{application}*" for kind in ("celery", "web", "relay", "beat")]
        show = ["systemctl", "show", "--property=Id,ActiveEnterTimestamp", *units]
        for block in faults.run(deployed.lab, host.name, *show).strip().split("\n\n"):
            if block:
                found[f"{host.name} {block.splitlines()[0]}"] = block
    return found


def hello(deployed: Deployed, url: str | None = None) -> dict[str, Any]:
    """Ask the minimal application, or one like it at ``url``, for a task and wait for its result."""
    url = url or deployed.url("minimal")
    asked = requests.post(f"{url}/hello/", timeout=10)
    assert asked.status_code == 202, asked.text

    def done() -> dict[str, Any] | None:
        answer: dict[str, Any] = requests.get(f"{url}{asked.json()['url']}", timeout=10).json()
        return answer if answer["state"] == "SUCCESS" else None

    return wait(done, 30, "the answer of the minimal application") | asked.json()
