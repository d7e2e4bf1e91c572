"""Whose lock it is, whether its process is gone, and what is said of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from celeriac.release import control
from celeriac.release.lock import Lock

NOW = datetime.fromisoformat("2026-11-22T12:00:00+00:00")


def lock(**changes: Any) -> Lock:
    mark = control.mark("deploy")
    held = {"since": "2026-11-22T11:00:00+00:00", **mark, "owner": "ann@control", **changes}
    found = Lock.read(json.dumps(held))
    assert found is not None
    return found


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_one_whose_process_is_gone_is_left_behind(gone: int) -> None:
    found = lock(owner=control.owner(), pid=gone)
    assert (found.left_behind, found.runs_here) == (True, False)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"owner": "somebody@else"}, id="another owner"),
        pytest.param({"machine": "another boot"}, id="another machine of that name"),
        pytest.param({"machine": None}, id="a machine that does not tell"),
        pytest.param({"pid": None, "machine": None}, id="by hand"),
        pytest.param({"pid": os.getpid()}, id="a process that runs"),
        pytest.param({"pid": 1, "born": None}, id="a process of somebody else that runs"),
    ],
)
def test_any_other_is_not(gone: int, changes: dict[str, Any]) -> None:
    assert not lock(**{"owner": control.owner(), "pid": gone, **changes}).left_behind


def test_one_whose_number_another_process_has_now_is_left_behind() -> None:
    found = lock(owner=control.owner(), born=1)
    assert (found.left_behind, found.runs_here) == (True, False)


def test_one_that_has_ended_and_was_not_waited_for_is_left_behind() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.read() == b""
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    found = lock(owner=control.owner(), pid=process.pid, born=None)
    seen = (found.left_behind, found.runs_here)
    process.wait()
    assert seen == (True, False)


def test_a_process_that_runs_here_is_seen_whoever_owns_it() -> None:
    assert lock(owner="somebody@else").runs_here
    assert not lock(machine="another boot").runs_here


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pid": 7}, "ann@control (deploy, process 7) for 1 h"),
        (
            {"pid": None, "what": "by hand", "message": "maintenance {{ x }}"},
            'ann@control (by hand) for 1 h "maintenance {{ x }}"',
        ),
        ({"pid": None, "since": "2026-11-22T11:59:30+00:00"}, "ann@control (deploy) for 30 s"),
        ({"pid": None, "since": "2026-11-22T11:58:01+00:00"}, "ann@control (deploy) for 1 min"),
        ({"pid": None, "since": "2026-11-12T11:00:00+00:00"}, "ann@control (deploy) for 10 d"),
        # A clock that is behind the host's.
        ({"pid": None, "since": "2026-11-22T12:00:09+00:00"}, "ann@control (deploy) for 0 s"),
    ],
)
def test_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert lock(**changes).sentence(NOW) == sentence


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("", "unknown"),
        ("{", "unknown"),
        ("[]", "unknown"),
        ("{}", "unknown"),
        ('{"owner": "x"}', "x"),
    ],
)
def test_a_file_that_cannot_be_read_holds_too(text: str, owner: str) -> None:
    found = Lock.read(text)
    assert found is not None
    assert not found.left_behind
    assert found.sentence(NOW) == f"{owner} (a file that cannot be read) for an unknown time"


def test_no_file_is_no_lock() -> None:
    assert Lock.read(None) is None
