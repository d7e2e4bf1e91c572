"""Which instance should run, and what its state is called."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.fleet import units
from celeriac.fleet.ask import Answer

PROCESS = {"name": "pool-mail", "kind": "worker", "unit": "celery-shop-mail-1"}
STEP = {"name": "operations", "kind": "step", "unit": "step-shop"}


def instance(release: str, active: str = "active", **own: Any) -> dict[str, Any]:
    return {
        "unit": "celery-shop-mail-1",
        "release": release,
        "active": active,
        "sub": "running",
        "enabled": True,
        "result": "success",
        "exit_status": 0,
        "since": 7,
        "pid": 1,
        "restarts": 0,
        "memory": 1,
        "memory_limit": 2,
        "status": "",
        **own,
    }


def off(release: str, active: str = "active", **own: Any) -> dict[str, Any]:
    return instance(release, active, enabled=False, **own)


def seen(instances: list[dict[str, Any]], current: str | None = "r1") -> list[units.Unit]:
    answer = Answer({"units": instances, "release": current})
    return list(units.of_host("shop", "one", [PROCESS, STEP], answer))


@pytest.mark.parametrize(
    ("instances", "states"),
    [
        ([], [("r1", "missing", True)]),
        ([instance("r1")], [("r1", "ready", True)]),
        ([instance("r1", "reloading")], [("r1", "ready", True)]),
        ([instance("r1", "activating")], [("r1", "starting", True)]),
        ([instance("r1", "activating", sub="auto-restart")], [("r1", "failed", True)]),
        ([instance("r1", "failed")], [("r1", "failed", True)]),
        ([instance("r1", "inactive")], [("r1", "missing", True)]),
        ([instance("r1", "deactivating")], [("r1", "draining", True)]),
        # A deploy: the new one is not enabled until it is ready; then the old one is told to stop.
        ([instance("r1"), off("r2", "activating")], [("r1", "ready", True), ("r2", "starting", False)]),
        ([off("r1", "deactivating"), instance("r2")], [("r2", "ready", True), ("r1", "draining", False)]),
        ([off("r1"), instance("r2")], [("r2", "ready", True), ("r1", "draining", False)]),
        # Back to the release before: the newer one drains.
        ([instance("r1"), off("r2", "deactivating")], [("r1", "ready", True), ("r2", "draining", False)]),
        # None is enabled, as after a failed start: the current release should run.
        ([off("r1", "failed")], [("r1", "failed", True)]),
        ([off("r2", "inactive")], [("r1", "missing", True)]),
        # An old one that had to be killed is no longer wanted, and still worth a look.
        ([instance("r2"), off("r1", "failed")], [("r2", "ready", True), ("r1", "failed", False)]),
        ([instance("r2"), off("r1", "inactive")], [("r2", "ready", True)]),
    ],
)  # fmt: skip
def test_states(instances: list[dict[str, Any]], states: list[tuple[str, str, bool]]) -> None:
    assert [(unit.release, unit.state, unit.wanted) for unit in seen(instances)] == states


def test_a_unit_that_the_host_should_not_have() -> None:
    found = seen([instance("r1"), instance("r1", unit="celery-shop-up-to-date-2")])
    moved = found[-1]
    assert (moved.process, moved.kind, moved.state) == ("pool-up-to-date", "worker", "draining")
    assert not moved.wanted


def test_a_host_that_does_not_answer() -> None:
    (unit,) = units.of_host("shop", "one", [PROCESS, STEP], Answer(reason="gone"))
    assert (unit.state, unit.wanted, unit.name) == ("unknown", True, "celery-shop-mail-1")


@pytest.mark.parametrize(
    ("instances", "problem"),
    [
        ([instance("r1")], None),
        ([instance("r2"), off("r1", "failed")], None),
        ([], "one: celery-shop-mail-1@r1 does not run"),
        (
            [instance("r1", "failed", result="exit-code", exit_status=78)],
            "one: celery-shop-mail-1@r1 has failed (exit-code, exit status 78)",
        ),
        (
            [instance("r1", "activating", sub="auto-restart", result="signal", restarts=4)],
            "one: celery-shop-mail-1@r1 has failed (signal, exit status 0, restarted 4 times)",
        ),
        (
            [instance("r1", "activating", status="connecting to the broker")],
            "one: celery-shop-mail-1@r1 is not ready yet (connecting to the broker)",
        ),
    ],
)
def test_problems(instances: list[dict[str, Any]], problem: str | None) -> None:
    assert units.problems(seen(instances)) == ([problem] if problem else [])
