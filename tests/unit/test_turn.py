"""Two commands of one person on one machine, begun at the same moment: each has its own variables."""

from __future__ import annotations

import multiprocessing
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli import playbook, turn
from celeriac.environments import Environment
from celeriac.release.hosts import Seen

# Stands for Ansible: reads its variables when the other has been started, too, and repeats them.
READS = """
import json, pathlib, sys, time
file, here = map(pathlib.Path, sys.argv[1:])
(here / f"started-{file.name}-{time.monotonic_ns()}").touch()
while len(list(here.glob("started-*"))) < 2:
    time.sleep(0.01)
told = json.loads(file.read_text())
(here / f"told-{told['word']}").write_text(told["celeriac_run"]["token"])
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
