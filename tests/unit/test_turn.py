"""Two commands of one person on one machine, begun at the same moment, and one that is told to end."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli import playbook, turn
from celeriac.environments import Environment
from celeriac.release.hosts import Seen

# Stands for Ansible: reads its variables when the other has been started, too, and repeats them.
READS = """
import json, os, pathlib, sys, time
file, here = map(pathlib.Path, sys.argv[1:])
(here / f"started-{file.name}-{time.monotonic_ns()}").touch()
while len(list(here.glob("started-*"))) < 2:
    time.sleep(0.01)
told = json.loads(file.read_text())
pathlib.Path(os.environ["CELERIAC_FAILURES"]).write_text("[]")  # what was rescued
(here / f"told-{told['word']}").write_text(told["celeriac_run"]["token"])
"""

# Stand for the playbook, and for the one that gives the lock back; meanwhile comes one signal more.
WAITS = "import pathlib, sys, time; pathlib.Path(sys.argv[1], 'begun').touch(); time.sleep(60)"
GIVES_BACK = """
import os, pathlib, signal, sys
os.kill(os.getppid(), signal.SIGHUP)
pathlib.Path(sys.argv[1], "given-back").write_text(sys.argv[2])
"""


def begin(inventories: Path, word: str) -> None:
    place = Environment("test", inventories)
    turn.Turn(place, "shop", "deploy", "two", inventories / "log").run([], {"word": word})


def test_each_has_its_own_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(_: Any, __: Any, variables: str, *___: Any) -> list[str]:
        return [sys.executable, "-c", READS, variables.removeprefix("@"), str(tmp_path)]

    monkeypatch.setattr(playbook, "command", command)
    monkeypatch.setattr(turn, "ansible_variables", lambda *_: dict(os.environ))
    monkeypatch.setattr(turn.hosts, "ask", lambda *_: {"two": Seen()})
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "state")
    forked = multiprocessing.get_context("fork")
    both = [forked.Process(target=begin, args=(tmp_path, word)) for word in ("one", "other")]
    for process in both:
        process.start()
    for process in both:
        process.join(30)
        process.kill()
    told = {file.name: file.read_text() for file in tmp_path.glob("told-*")}
    assert {*told} == {"told-one", "told-other"}
    assert len({*told.values()}) == 2
    assert list((tmp_path / "state").rglob("*.json")) == []


def test_one_that_is_told_to_end_gives_the_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def command(_: Any, playbooks: Any, variables: str, *__: Any) -> list[str]:
        what = GIVES_BACK if "lock.yml" in playbooks else WAITS
        return [sys.executable, "-c", what, str(tmp_path), variables]

    def run() -> None:
        place = Environment("test", tmp_path)
        sys.exit(turn.Turn(place, "shop", "deploy", "two", tmp_path / "log").run([], {}))

    monkeypatch.setattr(playbook, "command", command)
    monkeypatch.setattr(playbook, "ansible_variables", lambda *_: dict(os.environ))
    monkeypatch.setattr(turn, "ansible_variables", lambda *_: dict(os.environ))
    monkeypatch.setattr(turn.hosts, "ask", lambda *_: {"two": Seen()})
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "state")
    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    while not (tmp_path / "begun").exists():
        time.sleep(0.02)
    process.terminate()
    process.join(30)
    assert process.exitcode == 143
    told = json.loads((tmp_path / "given-back").read_text())["celeriac_run"]
    assert told["actions"] == ["note", "give back"]
    assert told["entry"]["where"]["__ansible_unsafe"].startswith("interrupted by SIGTERM: ")
