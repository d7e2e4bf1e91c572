"""The commands that look at the running fleet and reach into it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from deploy.lab import faults
from tests.deployed import ROOT, Deployed
from tests.integration.waiting import wait_for


def run(*words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "celeriac", *words],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def read(*words: str) -> Any:
    said = run(*words, "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    return json.loads(said.stdout)


def test_status_of_a_fleet_that_runs(deployed: Deployed) -> None:
    found = wait_for(lambda: run("status", "--json").returncode == 0 and read("status"), "all runs")
    assert list(found["releases"]) == [found["release"]]
    groups = deployed.inventory.groups
    expected = {
        *(("web", host) for host in groups["web"]),
        *(("beat", host) for host in groups["beat"]),
        *(("relay", host) for host in groups["relay"]),
        *(
            (f"pool-{pool}", host)
            for host, pools in deployed.inventory.pools("dailyfresh").items()
            for pool in pools
        ),
    }
    ready = [row for row in found["processes"] if row["wanted"]]
    assert {(row["process"], row["host"]) for row in ready} == expected
    assert {row["state"] for row in ready} == {"ready"}
    assert all(0 < row["memory"] < row["memory_limit"] for row in ready)
    assert {found["beat"]["leader"], *found["beat"]["others"]} == set(groups["beat"])
    assert found["outbox"]["relays_with_broker"] == len(groups["relay"])
    well = dict.fromkeys(groups["web"], "up")
    assert found["edge"] == [{"host": host, "web": well} for host in groups["edge"]]
    assert found["broker"] == {
        "nodes": groups["broker"], "running": groups["broker"], "alarms": [], "partitioned": [],
    }  # fmt: skip


def test_queues_have_their_members_and_consumers(deployed: Deployed) -> None:
    found = read("queues")
    assert [queue["name"] for queue in found["queues"]] == ["mail", "flash-sale", "reports"]
    for queue in found["queues"]:
        assert queue["type"] == "quorum"
        assert queue["consumers"] == len(deployed.pool_hosts(queue["name"]))
        assert queue["members"] == queue["online"] == deployed.inventory.groups["broker"]
        assert queue["leader"] in queue["members"]
    assert isinstance(found["dead_letters"], int)


def test_a_worker_holds_what_it_runs(deployed: Deployed) -> None:
    visitor = deployed.visitor()
    task = visitor.start_report("forecast", {"rounds": 20_000_000})

    def holder() -> list[str]:
        rows = [row for row in read("workers") if row["pool"] == "reports"]
        assert {row["host"] for row in rows} == deployed.pool_hosts("reports")
        assert all(row["tasks"] is not None and row["children"] >= 1 for row in rows)
        return [row["host"] for row in rows if row["tasks"]]

    (host,) = wait_for(holder, "a worker that holds the report", seconds=30)
    assert visitor.finished(task, within=120)["worker"] == host


def test_logs_of_one_pool_on_all_its_hosts(deployed: Deployed) -> None:
    said = run("logs", "--json", "--pool", "mail", "--since", "3d")
    assert (said.returncode, said.stderr) == (0, "")
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert {line["host"] for line in lines} == deployed.pool_hosts("mail")
    assert {line["unit"] for line in lines} == {"celery-dailyfresh-mail-1"}
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    last = run("logs", "--json", "--pool", "mail", "-n", "3").stdout.splitlines()
    assert [json.loads(line)["time"] >= lines[-3]["time"] for line in last] == [True] * 3


def test_a_host_that_is_cut_off(deployed: Deployed) -> None:
    with faults.cut_off(deployed.lab, "worker2"):
        said = run("status")
    assert said.returncode == 3
    assert "worker2 did not answer: " in said.stderr
    states = {line.split()[0]: line.split() for line in said.stdout.splitlines() if line.strip()}
    assert "unknown" in states["worker2"]
    assert "ready" in states["worker1"]


def test_reaching_in(deployed: Deployed) -> None:
    hosts = sorted(deployed.inventory.groups["workers"])
    said = run("exec", "--hosts", "workers", "--", "sh", "-c", 'id -un; echo "$(hostname)"')
    assert said.returncode == 0, said.stderr
    lines = sorted(tuple(line.split(" | ")) for line in said.stdout.splitlines())
    assert lines == sorted(line for host in hosts for line in ((host, "root"), (host, host)))
    assert run("manage", "check").returncode == 0
    assert "dailyfresh\n" in run("shell", text="import getpass; print(getpass.getuser())\n").stdout
    assert "worker1" in run("ssh", "worker1", text="hostname\n").stdout
