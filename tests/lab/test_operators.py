"""Commands of operators, which run on a host from here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from tests.deployed import ROOT, Deployed
from tests.integration.waiting import wait_for

# As if workers had put it back for ten minutes already.
UNKNOWN = """
from celery import current_app
current_app.send_task("nobody.knows.it", task_id="lab-letter", headers={"celeriac-unknown-task": 13})
"""
PUBLISH = """
import sys
from pathlib import Path
from celeriac.cli import remote
from celeriac.description.inventory import INVENTORIES
sys.exit(remote.manage("lab", Path("celeriac.yml"), INVENTORIES, ["shell", "-v0", "-c", sys.argv[1]]))
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def celeriac(*words: str) -> Any:
    said = run("-m", "celeriac", *words)
    assert said.returncode == 0, said.stdout + said.stderr
    return json.loads(said.stdout)


def test_a_dead_letter_is_seen_and_dropped(deployed: Deployed) -> None:
    published = run("-c", PUBLISH, UNKNOWN)
    assert published.returncode == 0, published.stderr
    letters = wait_for(lambda: celeriac("dead", "list", "--json"), "the dead letter", seconds=60)
    assert [(one["task_id"], one["reason"]) for one in letters] == [("lab-letter", "unknown-task")]
    (shown,) = celeriac("dead", "show", "lab-letter")
    assert shown["body"][:2] == [[], {}]
    assert len(celeriac("dead", "drop", "lab-letter", "-y", "--json")) == 1
    assert celeriac("dead", "list", "--json") == []


def test_the_outbox_stands_well(deployed: Deployed) -> None:
    wait_for(lambda: celeriac("outbox", "status", "--json")["waiting"] == 0, "all is sent")
    assert celeriac("outbox", "list", "--json") == []


def test_a_mistake_is_told_by_the_command_on_the_host(deployed: Deployed) -> None:
    said = run("-m", "celeriac", "dead", "replay")
    assert said.returncode == 1
    assert "Say which: ids of tasks" in said.stderr
    assert "Traceback" not in said.stderr
