"""What stops a deploy before it touches anything, what one that stops half way leaves, and the ways on and back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed, Said, make
from tests.lab import copies
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
def running(minimal: None) -> Iterator[None]:
    """The minimal application runs before, and the last test puts it back."""
    yield
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
    assert f"What ran before still runs: web-minimal@{before}.service." in said.text
    assert "The last time: Status code was 500 and not [200]" in said.text
    assert last()["result"] == "failed"
    assert last()["where"].endswith(": Wait until it answers (Run the web servers)")
    release = last()["release"]
    table = said.text[said.text.index("\nHOST") :]
    rows = {line.split()[0]: line.split()[1:] for line in table.splitlines() if line.strip()}
    first, second = deployed.inventory.groups["web"]
    # Told to stop and not waited for: it may still finish a request.
    assert rows[first][0] == before
    assert rows[second] == [before, "-", release]
    assert rows[WORKER][0] == release
    assert f"celeriac deploy -e lab -f {description} --resume" in said.text
    assert f"celeriac rollback -e lab -f {description}" in said.text
    assert hello(deployed)["result"] == f"Hello from {WORKER}"

    other = make("deploy-only", APP, "RESUME=1")
    assert other.code != 0
    assert f"The inputs are not those of {release} any more" in other.text


@dataclass(frozen=True)
class Resumed:
    """What was said and seen of a release that came to one host and then, by ``--resume``, to all."""

    before: str
    canary: Said
    entry: dict[str, Any]
    mixed: dict[str, list[str]]
    in_force_meanwhile: str
    hook_heard: str
    rest: Said


@pytest.fixture(scope="module")
def resumed(running: None, tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    copy, before = copies.of_minimal(tmp_path_factory.mktemp("canary")), last_done()
    (copy / "hello" / "new.py").write_text("NEW = 'canary'\n")
    hook, heard = copy / "hooks" / "post-deploy", copy / "told"
    hook.parent.mkdir()
    hook.write_text(f'#!/bin/sh\necho "$CELERIAC_HOSTS" > {heard}\nexit 1\n')
    hook.chmod(0o755)
    app = f"APP={copy / 'celeriac.yml'}"
    canary = make("deploy-only", app, f"HOSTS={CANARY}")
    assert canary.code == 0, canary.text
    entry, mixed, meanwhile = last(), told("status")["releases"], last_done()
    rest = make("deploy-only", app, "RESUME=1", "SKIP_HOOKS=1")
    return Resumed(before, canary, entry, mixed, meanwhile, heard.read_text(), rest)


def test_a_canary_runs_on_one_host(resumed: Resumed) -> None:
    assert "the fleet is mixed" in resumed.canary.text
    refusal = "hooks/post-deploy ended with 1. The deploy's own result stays."
    assert refusal in resumed.canary.text
    assert CANARY in resumed.hook_heard.split()
    entry = resumed.entry
    assert (entry["result"], entry["where"]) == ("partly", f"only on {CANARY}")
    assert resumed.mixed[entry["release"]] == [CANARY]
    assert resumed.in_force_meanwhile == resumed.before


def test_resume_goes_on_with_it(resumed: Resumed) -> None:
    release = resumed.entry["release"]
    assert resumed.rest.code == 0, resumed.rest.text
    assert f"Going on with {release}." in resumed.rest.text
    assert last_done() == release
    assert list(told("status")["releases"]) == [release]


def test_a_rollback_puts_the_release_before_in_force(deployed: Deployed, resumed: Resumed) -> None:
    before, after = resumed.before, resumed.entry["release"]
    assert after != before
    # By its name: without one it is the one deployed before, to which others may have gone back.
    back = make("rollback", APP, f"RELEASE={before}")
    assert back.code == 0, back.text
    assert f"Going back from {after} to {before}." in back.text
    assert "What migrations did to the database stays" in back.text
    phases = [back.text.index(f"\nRun {name}\n") for name in ("the web servers", "the workers")]
    assert phases == sorted(phases)
    assert "Prepare the broker" not in back.text  # nothing differs there
    (kept,) = [one for one in told("releases") if one["release"] == before]
    assert kept["current"]
    assert set(kept["running"]) == set(kept["hosts"]) >= {WORKER, "web1"}
    assert kept["built_by"].count("@") == 1
    assert hello(deployed)["result"] == f"Hello from {WORKER}"

    facts = [
        (one["what"], one["release"], one["from"], one["result"])
        for one in told("audit", "-n", "2")
    ]
    assert facts == [("deploy", after, before, "done"), ("rollback", before, after, "done")]
    assert told("lock", "show")["lock"] is None


def last_done() -> str:
    done = [one for one in told("audit", "-n", "1000") if one["result"] == "done"]
    return str(next(one["release"] for one in reversed(done) if one["release"]))
