"""A deploy with nothing to do, which asks each host once; and what it finds to have been touched.

Whoever deploys last may have left something to do, so the first deploy here looks at everything.
"""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from deploy.lab import faults
from tests.deployed import ROOT, Deployed, Said, make
from tests.lab.minimal import units

PSQL = ("runuser", "-u", "postgres", "--", "psql", "-qAtc")
PASSWORDS = "SELECT rolname, rolpassword FROM pg_authid ORDER BY 1"
ROLES = "SELECT rolname FROM pg_roles WHERE rolname ~ '^dailyfresh.*beat' ORDER BY 1"


def outcomes(said: Said) -> dict[str, str]:
    """What the first look said of each host."""
    found = re.findall(r"^  (\S+) +(no change|not as it was left: .*)$", said.text, re.MULTILINE)
    return dict(found)


@pytest.fixture(scope="module")
def stamped(deployed: Deployed) -> Deployed:
    """Each host has a stamp of the checkout."""
    for _ in range(2):
        said = make("deploy-only", "FULL=1")
        assert said.code == 0, said.text
        if not said.changes:
            return deployed
    raise AssertionError(f"two deploys in a row have changed something:\n{said.text}")


def audit() -> str:
    command = [sys.executable, "-m", "celeriac", "audit", "-n", "1", "--json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_hosts_are_asked_once_and_left_alone(stamped: Deployed) -> None:
    before, written = units(stamped, "dailyfresh"), audit()
    said = make("deploy-only")
    assert said.code == 0, said.text
    assert outcomes(said) == dict.fromkeys(stamped.inventory.hosts, "no change")
    assert "dailyfresh in lab: nothing to change (" in said.text
    assert "celeriac deploy -e lab --full" in said.text
    assert "Keep others from deploying" not in said.text  # the first play
    assert units(stamped, "dailyfresh") == before
    assert audit() == written


def test_what_was_touched_is_named_and_put_right(stamped: Deployed) -> None:
    web = stamped.inventory.groups["web"][0]
    worker = sorted(stamped.pool_hosts("mail"))[0]
    broker = stamped.inventory.groups["broker"][0]
    database = stamped.inventory.groups["database"][0]
    role = faults.run(stamped.lab, database, *PSQL, ROLES).split()[0]
    vhost = ("-p", "dailyfresh-lab")
    for host, *command in (
        (web, "rm", "/etc/nginx/sites-enabled/dailyfresh"),
        (worker, "systemctl", "stop", "celery-dailyfresh-mail-*@*.service"),
        (broker, "rabbitmqctl", "-q", "clear_policy", *vhost, "reports"),
        (database, *PSQL, f"ALTER ROLE \"{role}\" PASSWORD 'by hand'"),
    ):  # fmt: skip
        faults.run(stamped.lab, host, *command)
    touched = faults.run(stamped.lab, database, *PSQL, PASSWORDS)
    said = make("deploy-only")
    assert said.code == 0, said.text
    left = "not as it was left: "
    assert outcomes(said) == {
        **dict.fromkeys(stamped.inventory.hosts, "no change"),
        web: f"{left}files below /etc",
        worker: f"{left}units",
        broker: f"{left}broker",
        database: f"{left}database",
    }
    assert {web, worker, broker, database} <= set(said.changes)
    faults.run(stamped.lab, web, "test", "-e", "/etc/nginx/sites-enabled/dailyfresh")
    policies = faults.run(stamped.lab, broker, "rabbitmqctl", "-q", "list_policies", *vhost)
    assert "reports" in policies
    assert faults.run(stamped.lab, database, *PSQL, PASSWORDS) != touched
    assert make("deploy-only", "FULL=1").changes == {}
