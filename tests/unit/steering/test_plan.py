"""`celeriac plan` and `celeriac drift` as a person runs them, with a check run that says what it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from celeriac.steering import check_run
from celeriac.steering.check_run import Change, CheckRun
from tests.unit.fleet.conftest import RELEASE
from tests.unit.fleet.hosts import Hosts
from tests.unit.steering.scaled import Scaled

WRITE = Change("two", "Ship the release", "Write", ["write /etc/a"], "--- before\n+++ after\n")
AWAY = {"three": "Look at the host (Prepare every host): no route"}


@pytest.fixture
def deployed(shop: Scaled, monkeypatch: pytest.MonkeyPatch) -> Scaled:
    """Its ``runs`` are the documents that were checked."""

    def run(*arguments: Any) -> CheckRun:
        playbooks, variables, host = arguments[2:5]
        assert (playbooks, host) == (["deploy.yml"], "two")
        shop.runs.append(variables["celeriac"])
        return shop.found

    monkeypatch.setattr(check_run, "run", run)
    return shop


@pytest.fixture
def place(deployed: Scaled) -> Hosts:
    return deployed.hosts


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (CheckRun([]), 0, f"shop in test, release {RELEASE}: no difference."),
        (CheckRun([WRITE]), 1, "1 of its hosts differ."),
        (CheckRun([], AWAY, ["three"], done=False), 3, "not known."),
        (CheckRun([WRITE], AWAY, ["three"], done=False), 3, "1 of its hosts differ."),
    ],
)
def test_drift(deployed: Scaled, place: Hosts, found: CheckRun, code: int, said: str) -> None:
    deployed.found = found
    done = place.celeriac("drift")
    assert done.exit_code == code, done.output
    assert said in done.stdout
    assert ("three: Look at the host" in done.stderr) == (code == 3)
    assert deployed.runs[0]["build"]["known"]["release"] == RELEASE


def test_drift_of_some_hosts(deployed: Scaled, place: Hosts) -> None:
    deployed.found = CheckRun([WRITE])
    (other,) = {"one", "two"} - {WRITE.host}
    assert place.celeriac("drift", "--hosts", WRITE.host).exit_code == 1
    done = place.celeriac("drift", "--hosts", other)
    assert (done.exit_code, f" on {other}: no difference." in done.stdout) == (0, True)
    assert "--hosts tow" in place.celeriac("drift", "--hosts", "tow").stderr


def test_drift_without_a_deploy(deployed: Scaled, place: Hosts) -> None:
    (deployed.folder / "state" / "shop" / "audit.jsonl").unlink()
    done = place.celeriac("drift")
    assert (done.exit_code, deployed.runs) == (2, [])
    assert done.stderr == "Nothing to compare with: Nothing was deployed yet. Deploy first.\n"


def test_drift_after_a_deploy_that_failed(deployed: Scaled, place: Hosts) -> None:
    audit = deployed.folder / "state" / "shop" / "audit.jsonl"
    failed = {"what": "deploy", "result": "failed", "release": "r9"}
    audit.write_text(audit.read_text() + json.dumps(failed) + "\n")
    done = place.celeriac("drift")
    assert done.exit_code == 0
    assert "The last deploy did not end, or hosts were provisioned since" in done.stdout


def test_plan_of_a_canary(deployed: Scaled, place: Hosts) -> None:
    done = place.celeriac("plan", "--hosts", "two")
    assert "shop in test: a deploy with --hosts two would change nothing." in done.stdout
    assert deployed.runs[0]["release_hosts"] == ["two"]
    assert place.celeriac("plan", "--hosts", "tow").exit_code == 2


def test_plan_of_a_release_that_is_not_built(deployed: Scaled, place: Hosts) -> None:
    deployed.found = CheckRun([WRITE])
    done = place.celeriac("plan")
    assert done.exit_code == 0, done.output
    assert "shop in test: a deploy would change 1 of its hosts.\nIt would build" in done.stdout
    assert "two: 1 change\n  Ship the release: write /etc/a\n" in done.stdout
    assert "+++ after" not in done.stdout
    assert "--diff shows each file" in done.stdout
    assert "+++ after" in place.celeriac("plan", "--diff").stdout
    shape = json.loads(place.celeriac("plan", "--json").stdout)
    assert (shape["release"], shape["complete"], shape["changes"][0]["diff"]) == (
        None,
        True,
        WRITE.diff,
    )


def test_plan_that_ended_early(deployed: Scaled, place: Hosts) -> None:
    deployed.found = CheckRun([WRITE], AWAY, ["three"], done=False)
    done = place.celeriac("plan")
    assert done.exit_code == 3
    assert "two: 1 change" in done.stdout
    assert "The check ended there" in done.stderr
