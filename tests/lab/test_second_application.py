"""An application that knows nothing of the kit, beside the first one on the same hosts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deployed import Deployed, make
from tests.lab.minimal import APP, hello, units


@pytest.fixture(scope="module")
def beside(deployed: Deployed) -> dict[str, dict[str, str]]:
    """Deploy the second application; return the first one's units before and after."""
    before = units(deployed, "dailyfresh")
    said = make("deploy", APP)
    assert said.code == 0, said.text
    return {"before": before, "after": units(deployed, "dailyfresh")}


def test_it_runs_its_task_on_the_worker_of_its_own_pool(deployed: Deployed, beside: Any) -> None:
    answer = hello(deployed)
    (worker,) = deployed.pool_hosts("mail", "minimal")
    assert answer["result"] == f"Hello from {worker}"
    assert answer["publisher"] in deployed.inventory.groups["web"]
    assert answer["publisher"] != worker


def test_the_first_application_was_not_restarted(beside: dict[str, dict[str, str]]) -> None:
    # Three pools, web, relay and beat, each on two hosts.
    assert len(beside["before"]) >= 12
    assert beside["after"] == beside["before"]


def test_deploying_it_again_changes_nothing(deployed: Deployed, beside: Any) -> None:
    again = make("deploy", APP)
    assert again.code == 0, again.text
    assert again.changes == {}


def test_deploying_the_first_again_changes_nothing(deployed: Deployed, beside: Any) -> None:
    again = make("deploy")
    assert again.code == 0, again.text
    assert again.changes == {}
    assert hello(deployed)["result"].startswith("Hello")
