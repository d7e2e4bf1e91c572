"""Passwords of a pool and of the relays are replaced while people register: no task notices."""

from __future__ import annotations

import json
import subprocess
import sys

from celeriac.environments import Environment
from deploy.lab import faults
from tests.deployed import ROOT, Deployed
from tests.integration.waiting import wait_for
from tests.lab.brokers import Brokers
from tests.lab.people import registrations

SECRETS = {"broker.pool-mail": "dailyfresh-pool-mail", "broker.relay": "dailyfresh-relay"}
URLS = {
    "worker1": "/etc/celeriac/dailyfresh/celery-dailyfresh-mail-1/credentials/BROKER_URL",
    "relay1": "/etc/celeriac/dailyfresh/relay-dailyfresh/credentials/BROKER_URL",
}


def celeriac(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def users(brokers: Brokers) -> set[str]:
    """Those of the two processes, as the broker has them."""
    found = {one["user"] for one in brokers.control(brokers.hosts[0], "list_users")}
    return {name for name in found if name.removesuffix(".b") in SECRETS.values()}


def nothing_finishes() -> bool:
    said = celeriac("releases", "--json")
    return said.returncode == 0 and not any(one["finishing"] for one in json.loads(said.stdout))


def test_two_users_in_turn_while_tasks_flow(deployed: Deployed, brokers: Brokers) -> None:
    # Tests before may have left a worker of another release with a task.
    wait_for(nothing_finishes, "no other release finishes its tasks", seconds=120)
    before = users(brokers)
    assert len(before) == len(SECRETS)
    with registrations(deployed) as people:
        said = celeriac("secrets", "rotate", *SECRETS, "--yes")
    assert said.returncode == 0, said.stdout + said.stderr

    after = users(brokers)
    assert {name.removesuffix(".b") for name in after} == set(SECRETS.values())
    assert after.isdisjoint(before)
    vault = Environment("lab", deployed.lab.folder.parent).vault
    held = vault.application_secrets("dailyfresh")
    assert not [name for name in held if name.endswith((".next", ".previous"))]
    for host, url in URLS.items():
        user = faults.run(deployed.lab, host, "cat", url).partition("://")[2].partition(":")[0]
        assert user in after
    connections = brokers.control(brokers.hosts[0], "list_connections", "user")
    assert after <= {one["user"] for one in connections}

    # A machine that is busy with the rotation itself may keep somebody waiting for too long.
    assert len(people.accepted) > 5
    assert len(people.refused) <= len(people.accepted) // 20, people.refused
    for visitor, account in people.accepted:
        assert visitor.finished(account.task)["state"] == "SUCCESS"
        assert visitor.activation_link(account.email)
    listed = {one["name"]: one for one in json.loads(celeriac("secrets", "list", "--json").stdout)}
    assert all(listed[name]["rotated"] for name in SECRETS)


def test_nobody_is_asked_without_a_terminal(deployed: Deployed) -> None:
    said = celeriac("secrets", "rotate", "broker.relay")
    assert said.returncode == 1, said.stdout + said.stderr
    assert "dailyfresh-relay" in said.stdout
    assert "Nobody can be asked here: add --yes." in said.stderr
