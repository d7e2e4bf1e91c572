"""What a run in check mode says, from the callback's lines to the text."""

from __future__ import annotations

import json
from typing import Any

from celeriac.steering import check_run, plan_text

WHERE = {"phase": "Run the workers", "task": "Start them"}
CHANGE: dict[str, Any] = {
    "kind": "change",
    "host": "two",
    **WHERE,
    "result": {
        "started": ["celery-shop-mail-1@not-built-yet.service"],
        "stopping": ["celery-shop-mail-1@r1.service"],
        "others": ["celery-shop-mail-1@r1.service"],
    },
    "diff": "--- before\n+++ after\n",
}
PLAIN = {
    "kind": "change",
    "host": "one",
    "phase": "Ship",
    "task": "Ship it",
    "result": {},
    "diff": "",
}
FAILURE = {"kind": "failure", "host": "two", **WHERE, "text": "no memory"}
AWAY = {"kind": "unreachable", "host": "three", **WHERE, "text": "no route"}
WARNING = {"kind": "warning", "text": "celery-shop-mail is paused"}


def read(*lines: dict[str, object], done: bool = True) -> check_run.CheckRun:
    return check_run.read([json.dumps(line) for line in lines], done=done)


def test_a_line_for_each_change_by_host() -> None:
    found = read(CHANGE, PLAIN, WARNING, WARNING)
    assert list(plan_text.lines(found, diff=False)) == [
        "one: 1 change",
        "  Ship: Ship it",
        "two: 1 change",
        "  Run the workers: start celery-shop-mail-1@(new release).service; "
        "let finish celery-shop-mail-1@r1.service",
        "note: celery-shop-mail is paused",
    ]
    assert list(plan_text.problems(found)) == []


def test_what_was_told_of_a_host_is_not_told_again() -> None:
    """A unit that check mode did not start is still to be started for the plays after it."""
    result = {"started": CHANGE["result"]["started"], "stopping": ["celery-shop-bulk-1@r1.service"]}
    changes = read(CHANGE, {**CHANGE, "phase": "Stop"}, {**CHANGE, "result": result}).changes
    assert [change.details for change in changes[1:]] == [
        ["let finish celery-shop-bulk-1@r1.service"]
    ]


def test_diffs_come_after_the_summary() -> None:
    lines = list(plan_text.lines(read(CHANGE, PLAIN), diff=True))
    assert lines[4:] == ["\ntwo: Start them (Run the workers)", "--- before\n+++ after"]


def test_what_was_rescued_is_no_failure_but_a_silent_host_is() -> None:
    assert read(FAILURE).failures == {}
    assert read(FAILURE, AWAY).failures == {"three": "Start them (Run the workers): no route"}
    ended = read(FAILURE, AWAY, done=False)
    assert ended.unreachable == ["three"]
    assert list(plan_text.problems(ended)) == [
        "two: Start them (Run the workers): no memory",
        "three: Start them (Run the workers): no route",
        "The check ended there: what comes after it on these and other hosts is not told.",
    ]


def test_the_shape_for_programs() -> None:
    shape = plan_text.view(read(CHANGE), {"application": "shop"})
    assert set(shape) == {
        "application", "complete", "changes", "failures", "unreachable", "warnings",
    }  # fmt: skip
    assert set(shape["changes"][0]) == {"host", "phase", "task", "details", "diff"}
