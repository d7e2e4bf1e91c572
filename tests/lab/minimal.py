"""The second application, seen from outside."""

from __future__ import annotations

from typing import Any

import requests

from demo.main_job import wait
from deploy.lab import faults
from tests.deployed import MINIMAL, Deployed

APP = f"APP={MINIMAL / 'celeriac.yml'}"


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
