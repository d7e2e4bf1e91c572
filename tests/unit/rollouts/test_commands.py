"""Following a command, and killing it."""

import io
import sys
import time
from pathlib import Path

import pytest

from rollouts.commands import Commands, Witness

SAID = """
Run the workers
    worker1: Start this release's workers (2.1 s)
    worker1: Let the old ones finish (0.2 s)
    worker2: Start this release's workers (2.1 s)
  worker1      2 changed       2.3 s

Run the web servers
    web1: Wait until it answers: waiting, try 2
"""
# Says that, and sleeps as a playbook does that outlives its master for a moment.
SCRIPT = """
import subprocess, sys, time
for line in sys.argv[1].splitlines():
    print(line, flush=True)
    time.sleep(0.05)
time.sleep(30)
"""


def heard(awaited: str, text: str = SAID) -> tuple[Witness, list[str]]:
    witness, moments = Witness(awaited), []
    for line in text.splitlines(keepends=True):
        witness.hear(line)
        if witness.now:
            moments.append(line.strip())
            witness.now = False
    return witness, moments


@pytest.mark.parametrize(
    ("awaited", "moments"),
    [
        ("", []),
        ("Run the workers", ["worker2: Start this release's workers (2.1 s)"]),
        ("Run the web servers", []),
    ],
)
def test_the_moment_is_that_of_the_second_host(awaited: str, moments: list[str]) -> None:
    witness, found = heard(awaited)
    assert found == moments
    assert (witness.phase, witness.hosts) == ("Run the web servers", ["web1"])


def test_phases_are_lines_after_an_empty_one() -> None:
    witness = Witness()
    phases = [line.strip() for line in SAID.splitlines(keepends=True) if witness.hear(line)]
    assert phases == ["Run the workers", "Run the web servers"]


def commands(monkeypatch: pytest.MonkeyPatch, script: str, *words: str) -> Commands:
    said = [sys.executable, "-c", script, *words]
    monkeypatch.setattr(Commands, "_command", lambda *_, **__: said)
    return Commands("lab", io.StringIO(), lambda _: None)


def test_it_is_killed_in_its_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    since = time.monotonic()
    told = commands(monkeypatch, SCRIPT, SAID).run(
        "deploy", file=Path("x"), killed_in="Run the workers"
    )
    assert told.code == -9
    assert time.monotonic() - since < 20
    assert "worker2: Start" in told.text
    assert told.phases[0][0] == "Run the workers"


def test_what_it_said_and_how_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; print('\\nOne phase\\n  and', file=sys.stderr); sys.exit(3)"
    told = commands(monkeypatch, script).run("deploy", file=Path("x"))
    assert (told.code, told.text) == (3, "\nOne phase\n  and\n")
    assert told.since <= told.phases[0][1] <= told.until


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("import sys; print('{\"lock\": null}'); sys.exit(1)", (1, {"lock": None})),
        ("print('no JSON')", (0, None)),
        ("import sys; sys.exit('it does not answer')", (1, None)),
    ],
)
def test_json_of_a_command(monkeypatch: pytest.MonkeyPatch, script: str, answer: object) -> None:
    assert commands(monkeypatch, script).ask("status", file=Path("x")) == answer
