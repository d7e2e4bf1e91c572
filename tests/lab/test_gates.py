"""What stops a deploy before it touches anything, and what one that stops half way leaves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed, make
from tests.lab.minimal import APP, hello, units

WORKER, CANARY = "worker1", "web2"
FILE = ("-f", str(MINIMAL / "celeriac.yml"))
SICK = "    connection.ensure_connection()\n"


def told(*words: str) -> Any:
    command = [sys.executable, "-m", "celeriac", *words, *FILE, "--json"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.stdout, said.stderr
    return json.loads(said.stdout)


def last() -> dict[str, Any]:
    (entry,) = told("audit", "-n", "1")
    return dict(entry)


@pytest.fixture(scope="module", autouse=True)
def running(deployed: Deployed) -> Iterator[None]:
    """The minimal application runs before, and is put back after."""
    first = make("deploy-only", APP)
    assert first.code == 0, first.text
    yield
    after = make("deploy-only", APP)
    assert after.code == 0, after.text
    assert told("lock", "show")["lock"] is None


def test_a_database_that_only_reads_is_told_before_anything_is_built(
    deployed: Deployed, changed: Path
) -> None:
    """It is said of the database `postgres` alone, so that no application notices."""
    (changed / "hello" / "new.py").write_text("NEW = 'gates'\n")
    before = units(deployed, "minimal")
    (host,) = deployed.inventory.groups["database"]
    psql = ("runuser", "-u", "postgres", "--", "psql", "-qc")
    setting = "ALTER DATABASE postgres {} default_transaction_read_only"
    faults.run(deployed.lab, host, *psql, setting.format("SET") + " = on")
    try:
        said = make("deploy-only", f"APP={changed / 'celeriac.yml'}")
    finally:
        writing = ("env", "PGOPTIONS=--default_transaction_read_only=off")
        faults.run(deployed.lab, host, *writing, *psql, setting.format("RESET"))
    assert said.code != 0
    assert f"  {host}: it only reads\n" in said.text
    assert "\nBuild the release\n" not in said.text
    assert units(deployed, "minimal") == before
    entry = last()
    assert entry["result"] == "refused"
    assert "Say all that is wrong" in entry["where"]


def test_a_failed_gate_is_taken_back_and_the_end_says_what_is_where(
    deployed: Deployed, changed: Path
) -> None:
    before = last_done()
    views = changed / "hello" / "views.py"
    views.write_text(views.read_text().replace(SICK, "    raise RuntimeError('sick')\n"))
    description = changed / "celeriac.yml"
    text = description.read_text().replace("codes: [200]", "codes: [200]\n    within: 3")
    description.write_text(text)
    said = make("deploy-only", f"APP={description}")
    assert said.code != 0
    assert "Taken back on this host: web-minimal@" in said.text
    assert last()["result"] == "failed"
    release = last()["release"]
    table = said.text[said.text.index("\nHOST") :]
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines() if line.strip()}
    first, second = deployed.inventory.groups["web"]
    # Told to stop and not waited for: it may still finish a request.
    assert rows[first][0] == before
    assert rows[second] == [before, "-", release]
    assert rows[WORKER][0] == release
    assert "celeriac deploy -e lab --resume" in said.text
    assert "celeriac rollback -e lab" in said.text
    assert hello(deployed)["result"] == f"Hello from {WORKER}"

    other = make("deploy-only", APP, "RESUME=1")
    assert other.code != 0
    assert f"The inputs are not those of {release} any more" in other.text


def test_a_canary_runs_on_one_host_and_resume_goes_on(deployed: Deployed, changed: Path) -> None:
    before = last_done()
    (changed / "hello" / "new.py").write_text("NEW = 'canary'\n")
    app = f"APP={changed / 'celeriac.yml'}"
    hooks = changed / "hooks"
    hooks.mkdir()
    said_to = hooks.parent / "told"
    (hooks / "post-deploy").write_text(f'#!/bin/sh\necho "$CELERIAC_HOSTS" > {said_to}\nexit 1\n')
    (hooks / "post-deploy").chmod(0o755)

    canary = make("deploy-only", app, f"HOSTS={CANARY}")
    assert canary.code == 0, canary.text
    assert "the fleet is mixed" in canary.text
    assert "hooks/post-deploy ended with 1. The deploy's own result stays." in canary.text
    assert CANARY in said_to.read_text().split()
    entry = last()
    assert (entry["result"], entry["where"]) == ("partly", f"only on {CANARY}")
    assert told("status")["releases"][entry["release"]] == [CANARY]
    assert last_done() == before

    rest = make("deploy-only", app, "RESUME=1", "SKIP_HOOKS=1")
    assert rest.code == 0, rest.text
    assert f"Going on with {entry['release']}." in rest.text
    assert last_done() == entry["release"]
    assert list(told("status")["releases"]) == [entry["release"]]


def last_done() -> str:
    done = [one for one in told("audit", "-n", "1000") if one["result"] == "done"]
    return str(next(one["release"] for one in reversed(done) if one["release"]))
