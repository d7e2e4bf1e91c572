"""Releases that hosts remember: the lock, the audit, and what is removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed, Said, make
from tests.integration.waiting import wait_for
from tests.lab import copies
from tests.lab.minimal import APP, hello

WORKER, FILE = "worker1", ("-f", str(MINIMAL / "celeriac.yml"))
HELD = {"owner", "what", "message", "since", "pid", "left_behind"}


def celeriac(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", *words, *FILE]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def told(*words: str) -> Any:
    said = celeriac(*words, "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    return json.loads(said.stdout)


def current() -> str:
    (found,) = [one for one in told("releases") if one["current"]]
    return str(found["release"])


@pytest.fixture(scope="module", autouse=True)
def running(minimal: None) -> Iterator[None]:
    """The minimal application runs before, and the last deploy here puts it back."""
    yield
    assert told("lock", "show")["lock"] is None


def test_a_release_that_is_not_on_every_host_is_refused(deployed: Deployed) -> None:
    here = current()
    folder = f"/srv/minimal/releases/{here}"
    faults.run(deployed.lab, WORKER, "mv", folder, f"{folder}.aside")
    try:
        said = celeriac("rollback", here)
    finally:
        faults.run(deployed.lab, WORKER, "mv", f"{folder}.aside", folder)
    assert (said.returncode, said.stdout) == (1, "")
    assert f"Refused: {here} is not on {WORKER}." in said.stderr
    (last,) = told("audit", "-n", "1")
    assert (last["what"], last["result"]) == ("rollback", "refused")


def test_a_lock_by_hand_keeps_deploys_away() -> None:
    taken = celeriac("lock", "take", "-m", "until {{ six }}")
    assert taken.returncode == 0, taken.stderr
    try:
        lock = told("lock", "show")["lock"]
        assert (set(lock), lock["message"]) == (HELD, "until {{ six }}")
        said = make("deploy-only", APP)
        assert said.code != 0
        assert f"Refused: {lock['owner']} (by hand) for " in said.text
        assert '"until {{ six }}" has the lock of minimal in lab.' in said.text
        assert "Prepare every host" not in said.text
    finally:
        assert celeriac("lock", "release", "-y").returncode == 0
    results = [(one["what"], one["result"]) for one in told("audit", "-n", "3")]
    assert results == [("lock", "done"), ("deploy", "refused"), ("unlock", "done")]


def test_no_step_runs_beside_one_that_was_left_behind(deployed: Deployed, changed: Path) -> None:
    """A stand-in for the migration of a deploy that was killed: a unit of its own, that goes on."""
    (changed / "hello" / "new.py").write_text("NEW = 'beside'\n")
    unit, host = "step-minimal-1-20200101T000000-0123456789", told("lock", "show")["host"]
    begin = ("systemd-run", "--quiet", "--collect", f"--unit={unit}", "sleep", "600")
    faults.run(deployed.lab, host, *begin)
    before = current()
    try:
        said = make("deploy-only", f"APP={changed / 'celeriac.yml'}")
    finally:
        faults.run(deployed.lab, host, "systemctl", "stop", unit)
    assert said.code != 0
    # Lines are folded where a terminal ends.
    words = " ".join(said.text.split())
    assert f"A step of a deploy that was cut off still runs here: {unit}.service." in words
    assert "Run the workers" not in said.text
    assert (current(), told("audit", "-n", "1")[0]["result"]) == (before, "refused")
    assert told("lock", "show")["lock"] is None


@dataclass(frozen=True)
class TakenOver:
    """What a deploy said that came after one whose process was killed, and the old releases that it found."""

    killed: int
    old: list[str]
    said: Said


@pytest.fixture(scope="module")
def taken_over(
    deployed: Deployed, running: None, tmp_path_factory: pytest.TempPathFactory
) -> TakenOver:
    copy = copies.of_minimal(tmp_path_factory.mktemp("killed"))
    (copy / "hello" / "new.py").write_text("NEW = 2\n")
    command = [sys.executable, "-m", "celeriac", "deploy", "-f", str(copy / "celeriac.yml")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    wait_for(lambda: told("lock", "show")["lock"], "the lock", seconds=60)
    os.kill(process.pid, signal.SIGKILL)  # and not its playbook: that must end by itself
    process.wait()
    assert told("lock", "show")["lock"]["left_behind"]
    wait_for(lambda: not alive(process.pid), "the playbook's end", seconds=10)

    old = [f"2020010{day}T000000-0123456789" for day in range(1, 7)]
    folders = [f"/srv/minimal/releases/{name}" for name in old]
    faults.run(deployed.lab, WORKER, "mkdir", "-p", *folders)
    return TakenOver(process.pid, old, make("deploy-only", APP))


def test_what_a_killed_control_process_leaves_is_taken_over(
    deployed: Deployed, taken_over: TakenOver
) -> None:
    said = taken_over.said
    assert said.code == 0, said.text
    assert f"process {taken_over.killed}) for" in said.text
    assert "Taking over the lock of " in said.text
    killed, last = told("audit", "-n", "2")
    assert (killed["result"], killed["where"]) == (
        "failed",
        "its process on the control host was gone",
    )
    assert last["result"] == "done"
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def test_old_releases_are_removed_but_for_what_runs(
    deployed: Deployed, taken_over: TakenOver
) -> None:
    assert WORKER in taken_over.said.changes
    left = faults.run(deployed.lab, WORKER, "ls", "/srv/minimal/releases").split()
    assert current() in left
    # Two or more real ones are newer, so at most three of these stay.
    assert not {*taken_over.old[:3]} & {*left}


def alive(group: int) -> bool:
    """Whether a process of the group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
