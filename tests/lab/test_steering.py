"""Changing the running fleet without a new release, and telling what a deploy would change."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from celeriac.description.inventory import INVENTORIES
from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed, make
from tests.integration.waiting import wait_for
from tests.lab.minimal import APP, hello

WORKER, OTHER = "worker1", "worker2"
FILE = ("-f", str(MINIMAL / "celeriac.yml"))
DROP_IN = "/etc/systemd/system/celery-minimal-mail-1@.service.d/celeriac.conf"
ASIDE = "/run/celeriac-drift-test"


def celeriac(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", *words, *FILE]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == code, said.stdout + said.stderr
    return said


def workers(*words: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "celeriac", "workers", "--json", *words, *FILE]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found: list[dict[str, Any]] = json.loads(said.stdout)
    return found


def last_line() -> tuple[str, str, str]:
    (entry,) = json.loads(celeriac("audit", "-n", "1", "--json").stdout)
    return entry["what"], entry["result"], entry["message"]


# The minimal application runs before, and the last deploy here puts it back.
pytestmark = pytest.mark.usefixtures("minimal")


def test_no_drift_after_a_deploy_and_the_file_that_somebody_changed(deployed: Deployed) -> None:
    clean = json.loads(celeriac("drift", "--json").stdout)
    assert (clean["changes"], clean["complete"]) == ([], True)
    change = f"cp --preserve {DROP_IN} {ASIDE}; echo '# by hand' >> {DROP_IN}"
    faults.run(deployed.lab, WORKER, "sh", "-c", change)
    try:
        said = celeriac("drift", "--diff", code=1)
        left = faults.run(deployed.lab, WORKER, "tail", "-n1", DROP_IN)
    finally:
        faults.run(deployed.lab, WORKER, "mv", ASIDE, DROP_IN)
    assert f"{WORKER}: " in said.stdout
    assert f"write {DROP_IN}" in said.stdout
    # The unit is told too, although a check writes nothing that is younger than it.
    assert "restart celery-minimal-mail-1@" in said.stdout
    assert "-# by hand" in said.stdout
    assert left.strip() == "# by hand"


def test_a_plan_names_a_release_that_is_not_built(changed: Path) -> None:
    (changed / "hello" / "new.py").write_text("NEW = 3\n")
    command = [sys.executable, "-m", "celeriac", "plan", "-f", str(changed / "celeriac.yml")]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "It would build a new release" in said.stdout
    assert "start celery-minimal-mail-1@(new release).service" in said.stdout
    assert "run step migrate" in said.stdout


def test_restart_of_a_pool_and_of_web(deployed: Deployed) -> None:
    (before,) = workers()
    celeriac("restart", "mail")
    assert last_line() == ("restart", "done", "mail")
    (after,) = workers()
    assert (after["state"], after["release"]) == ("ready", before["release"])
    assert after["pid"] != before["pid"]
    celeriac("restart", "web")
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


@contextmanager
def paused() -> Iterator[None]:
    celeriac("pause", "mail", "-y", "-m", "stock {{ taking }}")
    try:
        yield
    finally:
        celeriac("resume", "mail")


@contextmanager
def maintenance() -> Iterator[None]:
    celeriac("maintenance", "on", "-y", "-m", "Back at <six>")
    try:
        yield
    finally:
        celeriac("maintenance", "off")


def test_a_paused_pool_and_maintenance_stay_so_through_a_deploy(deployed: Deployed) -> None:
    """A pause outlives a reboot, too; the page of maintenance needs no reload."""
    url, sites = deployed.url("minimal"), deployed.sites("minimal")
    with paused():
        wait_for(lambda: {row["state"] for row in workers()} == {"paused"}, "the pause", seconds=40)
        assert "stock {{ taking }}" in celeriac("status").stdout
        asked = requests.post(f"{url}/hello/", timeout=10)
        with maintenance():
            for site in sites.values():
                assert_in_maintenance(site)
            said = make("deploy-only", APP)
            assert said.code == 0, said.text
            assert (
                "minimal is in maintenance on web1 and stays so: celeriac maintenance off -e lab"
                in said.text
            )
            shown = json.loads(celeriac("maintenance", "show", "--json").stdout)
            assert {row["host"]: row["on"] for row in shown} == dict.fromkeys(sites, True)
        assert "celery-minimal-mail is paused and stays so." in said.text
        assert {row["state"] for row in workers()} == {"paused"}
        assert "celery-minimal-mail" not in faults.run(
            deployed.lab, WORKER, "ls", "/etc/systemd/system/multi-user.target.wants"
        )
    assert last_line() == ("resume", "done", "mail")
    answer = f"{url}{asked.json()['url']}"
    wait_for(lambda: requests.get(answer, timeout=10).json()["state"] == "SUCCESS", "what waited")
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def assert_in_maintenance(site: str) -> None:
    for ask in (requests.get, requests.post):
        answer = ask(f"{site}/hello/", timeout=10)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
        assert "Back at &lt;six&gt;" in answer.text
    assert requests.get(f"{site}/healthz", timeout=10).status_code == 200
    assert requests.get(f"{site}/celeriac-maintenance", timeout=10).status_code in (404, 503)


def test_scale_writes_the_inventory_and_runs_it(deployed: Deployed, tmp_path: Path) -> None:
    copy = tmp_path / "lab"
    shutil.copytree(INVENTORIES / "lab", copy)
    facts = copy / "group_vars" / "all" / "main.yml"
    facts.write_text(facts.read_text().replace("{{ inventory_dir }}/../../../..", str(ROOT)))
    place = ("--inventories", str(tmp_path))
    said = celeriac("scale", "mail=2", *place)
    assert f"{OTHER}: mail 0 -> 1" in said.stdout
    assert "minimal: {mail: 1}" in (copy / "hosts.yml").read_text().split(f"{OTHER}:")[1]
    rows = workers(*place)
    assert {(row["host"], row["state"]) for row in rows} == {(WORKER, "ready"), (OTHER, "ready")}
    celeriac("scale", "mail=1", "--hosts", WORKER, *place)
    assert {row["host"] for row in workers(*place) if row["wanted"]} == {WORKER}


def test_a_drained_host_starts_again_with_the_next_deploy(deployed: Deployed) -> None:
    def here() -> dict[str, Any]:
        (row,) = [row for row in workers() if row["host"] == WORKER]
        return row

    said = celeriac("drain", WORKER, "-y")
    assert f"{WORKER} is drained." in said.stdout
    row = here()
    assert (row["state"], row["pid"], row["wanted"]) == ("drained", None, False)
    # The committed inventory gives the other host nothing, so this takes away what scaling left there.
    assert make("deploy-only", APP).code == 0
    assert here()["state"] == "ready"
    assert hello(deployed)["result"] == f"Hello from {WORKER}"
