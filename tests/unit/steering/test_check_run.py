"""What a run in check mode says, from the callback's lines to the text."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli import playbook
from celeriac.environments import Environment
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


# Stands for Ansible: writes what our callback would, of the variables that it is given.
CALLBACK = """
import json, os, pathlib, sys
file = pathlib.Path(sys.argv[1])
told = {"kind": "warning", "text": f"{json.loads(file.read_text())['word']} {file.stat().st_mode & 0o777:o}"}
with open(os.environ["CELERIAC_CHECK"], "a") as lines:
    lines.write(json.dumps(told) + "\\n")
print("Ship the release")
"""


def test_nothing_is_left_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def command(_: Any, __: Any, variables: str, *___: Any) -> list[str]:
        return [sys.executable, "-c", CALLBACK, variables.removeprefix("@")]

    monkeypatch.setattr(playbook, "command", command)
    monkeypatch.setattr(check_run, "ansible_variables", lambda *_: dict(os.environ))
    monkeypatch.setattr(Environment, "state", lambda *_: tmp_path)
    place, said = Environment("test", tmp_path), list[str]()
    for word in ("first", "second"):
        found = check_run.run(
            place, "shop", [], {"word": word}, None, tmp_path / "log", said.append
        )
        assert (found.warnings, found.done) == ([f"{word} 600"], True)
    assert said == ["Ship the release"] * 2
    assert list(tmp_path.iterdir()) == []
