"""Copies of the ledger: each another release, the bad ones broken in one place."""

import filecmp
from pathlib import Path

import pytest

from celeriac.description.inventory import INVENTORIES
from celeriac.description.together import load_both
from rollouts.plan import BAD, plan
from rollouts.workshop import BREAKS, DESCRIPTION, LEDGER, Workshop

ALWAYS = {"ledger/rollout.py", "ledger/patience.py"}
CHANGED = {
    None: set(),
    "health": {"ledger/views.py", DESCRIPTION},
    "canary": {"ledger/celery.py"},
    "migration": {"ledger/migrations/0002_fails.py"},
    "novel": {"ledger/views.py", "ledger/tasks/work.py"},
}


def files(folder: Path) -> set[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)) for path in found if "__pycache__" not in path.parts}


@pytest.mark.parametrize("breaks", CHANGED)
def test_a_copy_differs_in_what_is_meant_alone(breaks: str | None, tmp_path: Path) -> None:
    description = Workshop(tmp_path, "now").release("a release", breaks)
    copy = description.parent
    changed = {
        name
        for name in files(copy)
        if not (LEDGER / name).exists() or not filecmp.cmp(copy / name, LEDGER / name, False)
    }
    assert changed == ALWAYS | CHANGED[breaks]
    assert files(LEDGER) <= files(copy)
    for name in files(copy):
        if name.endswith(".py"):
            compile((copy / name).read_text(), name, "exec")
    load_both(description, "lab", INVENTORIES)  # raises where something is wrong


def test_every_release_of_the_plan_can_be_made() -> None:
    assert {act.breaks for act in plan(1, BAD, "web2")} == {None, *BREAKS} == {*CHANGED}


def test_a_copy_is_made_once(tmp_path: Path) -> None:
    workshop = Workshop(tmp_path, "now")
    first = workshop.release("health", "health")
    assert workshop.release("health") == first
    assert "status=500" in (first.parent / "ledger/views.py").read_text()


def test_what_cannot_be_broken_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "ledger"
    (changed / "ledger").mkdir(parents=True)
    (changed / "ledger/patience.py").write_text("")
    monkeypatch.setattr("rollouts.workshop.LEDGER", changed)
    with pytest.raises(ValueError, match=r"patience.py has 0 times, not once"):
        Workshop(tmp_path, "now").release("health", "health")
