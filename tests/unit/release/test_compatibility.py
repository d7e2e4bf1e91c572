"""Manifests and counts in, the deploy's verdict out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.release.compatibility import Asked, Running, changes, judge, removes

USER = {"name": "user", "kind": "positional_or_keyword", "default": False}
TEXT = {"name": "text", "kind": "positional_or_keyword", "default": False}
NOTHING = {"outbox": {}, "parked": {}, "schedule": {}}
QUIET = {"mail": 0, "reports": 0, "celery_delayed_0": 0, "celery_delayed_9": 0}
HOLD = "Keep it for one more release with `deprecated=True` and call it nowhere; then remove it."


def task(*parameters: dict[str, Any], **changed: Any) -> dict[str, Any]:
    described = {"queue": "mail", "once": False, "deprecated": False}
    return {**described, "parameters": list(parameters), **changed}


def manifest(**tasks: dict[str, Any]) -> dict[str, Any]:
    return {"tasks": tasks}


def asked(unreadable: int = 0, queues: dict[str, int] | None = None, **places: Any) -> Asked:
    return Asked({**NOTHING, **places}, unreadable, {**QUIET, **(queues or {})})


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (manifest(send=task(USER)), manifest(send=task(USER)), []),
        (manifest(), manifest(send=task(USER)), []),
        (manifest(send=task(USER)), manifest(send=task(USER, queue="reports")), []),
        (manifest(send=task(USER)), manifest(send=task(USER, deprecated=True)), []),
        (manifest(send=task(USER)), manifest(), ["the task was removed"]),
        (
            manifest(send=task(USER)),
            manifest(send=task(USER, TEXT)),
            ["the parameter `text` is new and has no default"],
        ),
        (manifest(send=task(USER)), manifest(send=task(parameters=None, reason="why")), []),
        (manifest(send=task(parameters=None, reason="why")), manifest(send=task(USER)), []),
        (manifest(send=task(parameters=None)), manifest(), ["the task was removed"]),
    ],
)
def test_changes(old: Any, new: Any, found: list[str]) -> None:
    assert [one.found.what for one in changes(old, new)] == found


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (manifest(send=task(USER)), False),
        (manifest(send=task(USER, TEXT)), False),
        (manifest(gone=task(USER)), True),
        (manifest(gone=task(USER, deprecated=True)), True),
        (None, False),
    ],
)
def test_whether_what_waits_matters(old: Any, expected: bool) -> None:
    assert removes(manifest(send=task(USER)), {"r1": Running(old, ("web1",))}) is expected


def test_first_deploy() -> None:
    verdict = judge(manifest(send=task(USER)), {}, None)
    assert (verdict.refused, verdict.accepted) == ([], [])


@pytest.mark.parametrize(
    ("waiting", "now"),
    [
        (asked(outbox={"gone": 2}), "2 in the outbox"),
        (asked(parked={"gone": 1}), "1 parked"),
        (asked(schedule={"gone": 3}), "3 in the schedule"),
        (asked(unreadable=4), "4 in the outbox that cannot be read"),
        (asked(queues={"mail": 5}), "5 in the queue mail"),
        (
            asked(queues={"celery_delayed_0": 1, "celery_delayed_9": 2}),
            "3 in the queues of delayed delivery",
        ),
        (
            asked(outbox={"gone": 2}, schedule={"gone": 1}, queues={"mail": 1}),
            "2 in the outbox, 1 in the schedule, 1 in the queue mail",
        ),
    ],
)
def test_a_task_that_something_asks_for_may_not_go(waiting: Asked, now: str) -> None:
    verdict = judge(manifest(), {"r1": Running(manifest(gone=task(USER)), ("web1",))}, waiting)
    assert verdict.accepted == []
    assert verdict.refused == [
        "gone: the task was removed, and messages that ask for it would never run "
        f"(now: {now}). {HOLD} (Release r1 on web1.)"
    ]


@pytest.mark.parametrize(
    "waiting",
    [
        asked(),
        asked(outbox={"send": 9}, parked={"send": 9}, schedule={"send": 9}),
        asked(queues={"reports": 9, "dead-letters": 9}),
    ],
)
def test_a_task_that_nothing_asks_for_may_go(waiting: Asked) -> None:
    verdict = judge(manifest(), {"r1": Running(manifest(gone=task(USER)), ("web1",))}, waiting)
    assert verdict.refused == []
    assert verdict.accepted == [
        "gone: the task was removed, and nothing asks for it now. What may still be sent of it, "
        "until the release that has it has ended, goes to the dead letters. (Release r1 on web1.)"
    ]


def test_of_a_task_without_a_known_queue_any_queue_may_hold_messages() -> None:
    old = manifest(gone=task(USER, queue=None))
    verdict = judge(manifest(), {"r1": Running(old, ("web1",))}, asked(queues={"reports": 1}))
    assert "(now: 1 in the queue reports)" in verdict.refused[0]


def test_where_nobody_can_tell_what_waits_a_task_may_not_go() -> None:
    verdict = judge(manifest(), {"r1": Running(manifest(gone=task(USER)), ("web1",))}, None)
    assert verdict.refused == [
        "gone: the task was removed, and messages that ask for it would never run. "
        f"{HOLD} (Release r1 on web1.)"
    ]


@pytest.mark.parametrize(
    ("new", "waiting", "said"),
    [
        (manifest(), asked(), "send: the task was removed; it was deprecated."),
        (manifest(), None, "send: the task was removed; it was deprecated."),
        (
            manifest(),
            asked(schedule={"send": 1}),
            "send: the task was removed; it was deprecated. It may still be asked for: "
            "1 in the schedule.",
        ),
        (
            manifest(send=task()),
            None,
            "send: the parameter `user` was removed; it was deprecated.",
        ),
    ],
)
def test_a_deprecated_task_may_go(new: Any, waiting: Asked | None, said: str) -> None:
    old = manifest(send=task(USER, deprecated=True))
    verdict = judge(new, {"r1": Running(old, ("web1",))}, waiting)
    assert (verdict.refused, verdict.accepted) == ([], [f"{said} (Release r1 on web1.)"])


def test_a_changed_task_may_not_go_however_little_waits() -> None:
    """The live release calls it the old way until it has ended, and such a call fails for good."""
    old, new = manifest(send=task(USER)), manifest(send=task(USER, TEXT))
    verdict = judge(new, {"r1": Running(old, ("web1", "worker1"))}, asked())
    assert verdict.refused == [
        "send: the parameter `text` is new and has no default, and calls made for the old signature "
        "do not pass it. Give `text` a default. (Release r1 on web1, worker1.)"
    ]


def test_a_release_that_finishes_its_work_counts() -> None:
    running = {
        "r1": Running(manifest(send=task(USER)), ("worker1",)),
        "r2": Running(manifest(send=task(USER, deprecated=True)), ("web1",)),
    }
    verdict = judge(manifest(), running, asked(queues={"mail": 1}))
    assert [one.rpartition("remove it.")[2] for one in verdict.refused] == [
        " Or wait until that release has ended. (Release r1 on worker1.)"
    ]
    assert [one.rpartition(": ")[2] for one in verdict.accepted] == [
        "1 in the queue mail. (Release r2 on web1.)"
    ]


def test_a_release_without_a_manifest_is_named() -> None:
    verdict = judge(manifest(), {"r1": Running(None, ("web1",))}, None)
    assert verdict.refused == []
    assert verdict.accepted == [
        "It has no tasks.json, so its tasks were not compared. (Release r1 on web1.)"
    ]


@pytest.mark.parametrize(
    ("new", "queues", "refused"),
    [
        pytest.param("reports", ["reports"], True, id="moved and removed at once"),
        pytest.param("reports", ["mail", "reports"], False, id="moved, still consumed"),
        pytest.param("reports", [], False, id="hosted: its own settings may name more"),
        pytest.param(None, ["mail"], False, id="the routes cannot tell"),
    ],
)
def test_a_queue_to_which_a_running_release_sends(
    new: str | None, queues: list[str], refused: bool
) -> None:
    running = {"r1": Running(manifest(send=task(USER)), ("web1",))}
    found = judge(manifest(send=task(USER, queue=new)), running, None, queues)
    assert [
        text.startswith("The queue mail is not described any more") for text in found.refused
    ] == [True] * refused
    assert not found.accepted


def test_a_queue_may_go_when_no_running_release_sends_to_it() -> None:
    moved = manifest(send=task(USER, queue="reports"))
    assert judge(moved, {"r1": Running(moved, ("web1",))}, None, ["reports"]).refused == []
