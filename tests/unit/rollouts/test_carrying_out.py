"""A run without a lab: what it asks for, in which order, and what it takes to be in force."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rollouts import run as runs
from rollouts.commands import Told
from rollouts.done import Done
from rollouts.plan import BAD, plan
from rollouts.run import Run
from rollouts.state import State
from rollouts.workshop import Workshop
from soak.bookkeeper import NotReadyError
from soak.load import Web

SITE = Web("edge1", "127.0.0.1", 1)


class Fleet:
    """Does what the commands do, as far as `look` sees it. A copy's name is its release."""

    def __init__(self) -> None:
        self.in_force, self.deployed = "first", ["first"]
        self.running: tuple[str, ...] = ("first",)
        self.said: list[str] = []
        self.last: dict[str, Any] = {"release": "first"}
        self.left_behind = False

    def run(self, *words: str, file: Path, killed_in: str = "") -> Told:
        release, bad = file.parent.name, file.parent.name in ("health", "canary", "migration")
        self.said.append(" ".join((*words, release)))
        code = -9 if killed_in else 3 if bad and words == ("deploy",) else 0
        if "--hosts" in words and "--force" not in words:
            self.last = {"release": release}
            return Told(1, " ".join(runs_said), 1.0, 2.0)
        self.left_behind = bool(killed_in)
        if words[0] == "rollback":
            unfinished = self.running != (self.in_force,)
            if not unfinished:
                self.deployed.pop()
            release = self.deployed[-1]
        if code or "--hosts" in words:
            self.running = (self.in_force, release)
        else:
            self.in_force, self.running = release, (release,)
            if words[0] == "deploy":
                self.deployed.append(release)
        if not killed_in:
            self.last = {"release": release}
        text = " ".join(runs_said)
        return Told(code, text, 1.0, 2.0)

    def look(self, *_: Any) -> State:
        held = self.left_behind
        return State(0, self.in_force, self.running, self.last, held, held, (), ())


runs_said = [act.says for act in plan(1, BAD, "web2")]


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Fleet:
    found = Fleet()
    nothing = SimpleNamespace(
        begin_anew=lambda: None, tell=lambda _: None, drain=lambda _: True, close=lambda *_: "books"
    )
    monkeypatch.setattr(runs, "look", found.look)
    monkeypatch.setattr(runs, "Bookkeeper", lambda *_: nothing)
    monkeypatch.setattr(runs, "WARM", 0.0)
    return found


def carry_out(fleet: Fleet, folder: Path, bad: Any = BAD, held: int = 2) -> list[Done]:
    place = SimpleNamespace(
        edge=SITE,
        slots=lambda *_: 4,
        finishing=list,
        sql=lambda query: [[held if "EXISTS (SELECT FROM ledger_execution" in query else 0]],
    )
    workshop, acts = Workshop(folder, "now"), plan(2, bad, "web2")
    run = Run(place, fleet, workshop, acts, 1, lambda _: None)  # type: ignore[arg-type]
    assert run.carry_out(Path("celeriac.yml")) == ("books", True)
    return run.done


def test_all_of_it(fleet: Fleet, tmp_path: Path) -> None:
    done = carry_out(fleet, tmp_path)
    assert [one.wrong for one in done] == [()] * len(done)
    assert fleet.said == [
        "deploy deploy-1",
        "deploy deploy-2",
        "rollback deploy-2",
        "deploy health",
        "rollback health",
        "deploy canary",
        "deploy canary-corrected",
        "deploy migration",
        "deploy migration-corrected",
        "deploy killed-workers",
        "deploy --resume killed-workers",
        "deploy killed-web",
        "rollback killed-web",
        "deploy --hosts web2 unknown-task",
        "deploy --hosts web2 --force they wait for the workers unknown-task",
        "deploy --resume unknown-task",
    ]
    known = {one.act.name: (one.before, one.new, one.serving) for one in done}
    one, two = "deploy-1", "deploy-2"
    assert known["rollback"] == (two, one, (one,))
    assert known["health"] == (one, "health", (one,))
    assert known["health, rollback"] == (one, None, (one,))
    corrected = "migration-corrected"
    assert known["killed-workers"] == (corrected, "killed-workers", (corrected,))
    assert known["killed-web"][2] == ("killed-workers", "killed-web")
    assert known["unknown-task"][2] == ("killed-workers",)
    assert known["unknown-task, forced"][2] == ("killed-workers", "unknown-task")
    assert known["unknown-task, resume"][2] == ("unknown-task",)


def test_it_ends_with_the_first_command_that_ends_otherwise(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "run", lambda *_, **__: Told(3, "", 1.0, 2.0))
    (one,) = carry_out(fleet, tmp_path)
    assert one.act.name == "deploy 1"
    assert "it ended with 3, not 0" in one.wrong


def test_it_does_not_begin_where_something_does_not_run(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ill = replace(fleet.look(), code=1, problems=("worker1: x has failed",))
    monkeypatch.setattr(runs, "look", lambda *_: ill)
    with pytest.raises(NotReadyError, match="worker1: x has failed"):
        carry_out(fleet, tmp_path)
    assert fleet.said == []


def test_it_does_not_wait_for_ever(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "SETTLES_WITHIN", 0.0)
    with pytest.raises(NotReadyError, match="before deploy 1: 1 long tasks run"):
        carry_out(fleet, tmp_path, held=1)
