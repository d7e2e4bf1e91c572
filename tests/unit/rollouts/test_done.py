"""What is not as it has to be after a command."""

from dataclasses import replace

import pytest

from rollouts.commands import Told
from rollouts.done import complaints, passed
from rollouts.plan import BAD, Act, plan
from rollouts.state import State
from tests.unit.rollouts.done import NEW, OLD

ACTS = {act.name: act for act in plan(1, BAD, "web2")}
WELL = State(0, NEW, (NEW,), {"release": NEW, "result": "done"}, False, False, (), ())
AS_BEFORE = replace(WELL, in_force=OLD, running=(OLD,))
MIXED = replace(AS_BEFORE, running=(OLD, NEW))


def told(act: Act, code: int | None = None) -> Told:
    return Told(act.code if code is None else code, f"…\n{act.says}\n", 0.0, 30.0)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("deploy 1", WELL),
        ("health", replace(MIXED, code=1)),
        ("migration", AS_BEFORE),
        ("health, rollback", AS_BEFORE),
        ("killed-web", replace(MIXED, locked=True, left_behind=True)),
        ("unknown-task", MIXED),
    ],
)
def test_as_it_should_be(name: str, state: State) -> None:
    act = ACTS[name]
    expected = NEW if act.after == "new" else OLD
    assert complaints(act, told(act), state, OLD, expected) == []


@pytest.mark.parametrize(
    ("name", "state", "complaint"),
    [
        ("deploy 1", replace(WELL, in_force=OLD), f"{OLD} is in force, not {NEW}"),
        ("deploy 1", replace(WELL, running=(NEW, OLD)), f"ends with 0: {NEW}, {OLD}"),
        (
            "deploy 1",
            replace(WELL, code=1, problems=("x has failed",)),
            "ends with 1: x has failed",
        ),
        ("deploy 1", replace(WELL, locked=True), "the lock is held"),
        ("health", replace(MIXED, locked=True, left_behind=True), "the lock is left behind"),
        ("health", replace(MIXED, running=(NEW,)), f"nothing runs {OLD} any more"),
        ("health", replace(MIXED, code=3), "got no answer from a host"),
        ("killed-web", MIXED, "the lock is free"),
        ("killed-web", replace(MIXED, unread=("status",)), "no answer from celeriac status"),
    ],
)
def test_what_is_wrong_is_told(name: str, state: State, complaint: str) -> None:
    act = ACTS[name]
    expected = NEW if act.after == "new" else OLD
    (found,) = complaints(act, told(act), state, OLD, expected)
    assert complaint in found


def test_an_end_that_was_not_meant() -> None:
    act = ACTS["canary"]
    found = complaints(act, Told(0, "done\n", 0.0, 30.0), AS_BEFORE, OLD, OLD)
    assert found == ["it ended with 0, not 3", f"it did not say: {act.says}"]


@pytest.mark.parametrize(
    ("phases", "at"),
    [
        ((("Run the workers", 10.0), ("Run the web servers", 14.0)), 14.0),
        ((("Build the release", 10.0), ("Run the workers", 14.0)), 30.0),
        ((), 30.0),
    ],
)
def test_when_the_workers_had_changed(phases: tuple[tuple[str, float], ...], at: float) -> None:
    assert passed(Told(0, "", 0.0, 30.0, phases)) == at
