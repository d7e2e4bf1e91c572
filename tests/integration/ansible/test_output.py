"""What a playbook says on the screen, in its log and to a terminal, and how it ends at Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.ansible.plays import AWAY, Plays, play
from tests.integration.waiting import wait_for

CHANGES = "{{ inventory_hostname == 'production-worker-1' }}"
PLAYS = [
    play("Prepare every host", "Write a file", changed=CHANGES),
    play("Run what is not ours", "Never", hosts="{{ [] }}"),
    play("Run one by one", "Start it", serial=1, changed=True),
]
FAILS = [
    play("Prepare every host", "Write a file"),
    play("Run the broker", "Start it", hosts="web", run="echo full disk >&2; false"),
]
SAID = """
Prepare every host
    production-worker-1: Write a file ( N s)
  production-worker-1 1 changed N s
  web                 no change N s

Run what is not ours: no host

Run one by one
    web: Start it ( N s)
  web                 1 changed N s
    production-worker-1: Start it ( N s)
  production-worker-1 1 changed N s

2 hosts, 2 changed, N s
"""
QUIET = """Prepare every host: 2 hosts, 1 changed, N s
Run one by one: 2 hosts, 2 changed, N s

2 hosts, 2 changed, N s
"""
FAILED = """
Prepare every host
  web          no change N s

Run the broker
    web: Start it: failed
  web          failed N s

1 host, 1 failed, N s

Failed
  web: Start it (Run the broker)
    non-zero return code
    full disk
"""


LEFT = [
    play("Run the workers", "Start them", hosts="web", changed=True),
    play("Remove old releases", "Remove them", ignore_unreachable=True),
    play("Give the lock back", "Give it back", hosts="web"),
]
JUDGED = [
    play("Look at every host", "Look at it", ignore_unreachable=True),
    play("Check everything", "Say all that is wrong", hosts="web", run="false"),
]
AWAY_WORDS = "away cannot be reached over SSH. Check that it runs, its address in hosts.yml and the firewall."


@pytest.mark.parametrize(
    ("plays", "hosts", "voice", "code", "said"),
    [
        (PLAYS, ("web", "production-worker-1"), (0, False), 0, SAID),
        (PLAYS, ("web", "production-worker-1"), (0, True), 0, QUIET),
        (FAILS, ("web",), (0, False), 3, FAILED),
    ],
)
def test_said(
    tmp_path: Path,
    plays: list[dict[str, Any]],
    hosts: tuple[str, ...],
    voice: tuple[int, bool],
    code: int,
    said: str,
) -> None:
    assert Plays(tmp_path, plays, *hosts).run(*voice) == (code, said)


def test_the_log_has_what_quiet_leaves_out(tmp_path: Path) -> None:
    Plays(tmp_path, PLAYS, "web").run(0, True)
    assert re.search(r"\|\s+web: Start it \(", (tmp_path / "log").read_text())


NOTHING = play("Look at every host", "Look at it")
WARNED = {
    **{"name": "Check everything", "hosts": "web", "gather_facts": False},
    "tasks": [
        {
            "name": "Say what is accepted",
            "celeriac_verdict": {"title": "", "refused": [], "accepted": ["Few days left."], "remedy": ""},
        }
    ],
}  # fmt: skip
STAMPS = play(
    "Leave a stamp",
    "Leave it",
    hosts="{{ 'all' if not lookup('ansible.builtin.env', 'CELERIAC_EVENTFUL') else [] }}",
)


@pytest.mark.parametrize(
    ("before", "beside", "left"),
    [
        ([NOTHING], "mail", True),
        (
            [NOTHING, play("Run the workers", "Start them", hosts="web", changed=True)],
            "mail",
            False,
        ),
        ([play("Remove old releases", "Remove them", ignore_unreachable=True)], AWAY, False),
        ([WARNED], "mail", False),
    ],
)
def test_the_last_play_knows_whether_there_was_anything_to_do_or_to_say(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: list[dict[str, Any]],
    beside: str,
    left: bool,
) -> None:
    monkeypatch.setenv("CELERIAC_EVENTFUL", "of somebody's shell")
    code, said = Plays(tmp_path, [*before, STAMPS], "web", beside).run()
    assert code == 0, said
    assert ("Leave a stamp: no host" not in said) is left


@pytest.mark.parametrize("quiet", [False, True])
def test_a_host_that_a_play_goes_on_without_is_a_warning(tmp_path: Path, quiet: bool) -> None:
    plays = Plays(tmp_path, LEFT, "web", AWAY)
    code, said = plays.run(0, quiet)
    words = " ".join(said.split())
    assert code == 0
    assert "    away: Remove them: no answer\n" in said
    assert "\n2 hosts, 1 changed, 1 without an answer, N s\n" in said
    assert (
        "[WARNING]: away did not answer. Left undone there, until the same command runs the next "
        f"time: Remove them (Remove old releases). {AWAY_WORDS} ("
    ) in words
    assert ("  away         no answer " in said) is not quiet
    assert "\nFailed\n" not in said
    assert not (tmp_path / "failures.json").exists()


def test_a_host_that_does_not_answer_is_told_with_the_verdict(tmp_path: Path) -> None:
    plays = Plays(tmp_path, JUDGED, "web", AWAY)
    code, said = plays.run()
    assert code != 0
    _, failed = said.split("\nFailed\n")
    assert failed.startswith(
        f"  away: Look at it (Look at every host)\n    {AWAY_WORDS} Then run the same command again.\n"
    )
    assert "\n  web: Say all that is wrong (Check everything)\n" in failed
    assert "[WARNING]: away" not in said
    assert [(one["host"], one["refused"]) for one in plays.failures()] == [
        (AWAY, False),
        ("web", False),
    ]


def test_a_host_that_a_play_does_not_go_on_without_failed(tmp_path: Path) -> None:
    code, said = Plays(tmp_path, [play("Run the workers", "Start them")], AWAY).run()
    assert code != 0
    assert "\n  away         failed " in said
    assert f"\n    {AWAY_WORDS} Then run the same command again.\n" in said


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_has_colours_and_a_line_of_what_runs(tmp_path: Path, no_color: str) -> None:
    ours, theirs = pty.openpty()
    variables = {"NO_COLOR": no_color, "TERM": "xterm", "COLUMNS": "80"}
    process = Plays(tmp_path, PLAYS, "web").start(stdout=theirs, variables=variables)
    os.close(theirs)
    said = read(ours)
    assert process.wait() == 0
    assert "  … web: Write a file\r" in said
    assert "\r\x1b[K    web: Start it" in said.replace("\x1b[0;33m", "")
    assert ("\x1b[0;33m" in said) == (no_color == "")


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c(tmp_path: Path, times: int) -> None:
    """Told once, Ansible ends by itself and says at what; told twice it is killed."""
    wait = "touch begun; trap '' INT TERM; while [ ! -e end ]; do sleep 0.1; done"
    plays = Plays(tmp_path, [play("Run the workers", "Start them", run=wait)], "web", "db")
    process = plays.start()
    try:
        wait_for((tmp_path / "begun").exists, "the task begins")
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        line = ""
        while "Ctrl-C: waiting for Ansible to end." not in line:
            line = process.stdout.readline()
            assert line, "it ended without a word on Ctrl-C"
        if times == 2:
            process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=30)
    finally:
        (tmp_path / "end").touch()
    assert process.returncode == 130
    assert "Traceback" not in said
    if times == 1:
        assert "Cut off. What a host had begun may go on there to its end:\n" in said
        assert "  db: Start them (Run the workers)\n" in said
        assert {(one["host"], one["task"]) for one in plays.failures()} == {
            ("web", "Start them"),
            ("db", "Start them"),
        }
    else:
        assert "If a lock is left, your next command takes it over" in said


@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGHUP])
def test_told_to_end(tmp_path: Path, first: signal.Signals) -> None:
    """As at the first Ctrl-C; what a runner or a terminal that is closed sends after it is no second."""
    wait = "touch begun; trap '' INT TERM; while [ ! -e end ]; do sleep 0.1; done"
    plays = Plays(tmp_path, [play("Run the workers", "Start them", run=wait)], "web")
    process = plays.start(stdout=subprocess.DEVNULL)
    try:
        wait_for((tmp_path / "begun").exists, "the task begins")
        while process.poll() is None and not (tmp_path / "failures.json").exists():
            process.send_signal(first)
            time.sleep(0.05)
        process.wait(30)
    finally:
        (tmp_path / "end").touch()
    assert process.returncode == 128 + first
    assert [(one["host"], one["task"]) for one in plays.failures()] == [("web", "Start them")]


def test_nohup_is_left_to_itself(tmp_path: Path) -> None:
    plays = Plays(tmp_path, [play("Run it", "Wait", run="touch begun; sleep 0.5")], "web")
    process = plays.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    wait_for((tmp_path / "begun").exists, "the task begins")
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=30)
    assert process.returncode == 0


def read(terminal: int) -> str:
    """Return what comes until the other side is closed, which is an error to Linux."""
    found = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            return found.decode()
        if not part:
            return found.decode()
        found += part
