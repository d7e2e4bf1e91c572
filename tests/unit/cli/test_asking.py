"""What stops or destroys something asks; without a terminal and without --yes it is refused."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from celeriac.cli import remote
from celeriac.cli.main import app
from celeriac.cli.turn import Turn
from tests.unit.fleet.conftest import hosts, running
from tests.unit.fleet.hosts import Hosts

ROOT = Path(__file__).parents[3]
__all__ = ["hosts", "running"]
ASKING = {
    ("pause", "mail"): "Pausing mail of shop in test stops it.",
    ("drain", "two", "--no-wait"): "Draining two in test stops mail of shop on two.",
    ("maintenance on",): "Visitors of shop in test will see a page in its place.",
    ("dead drop", "--all"): "Dropping --all in test: these tasks never run.",
    ("outbox drop", "3f2c"): "Dropping 3f2c in test: these tasks never run.",
}


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been done."""
    found: list[Any] = []

    def turn(self: Turn, *_: Any, **__: Any) -> int:
        found.append(self.what)
        return 0

    def manage(environment: str, file: Any, inventories: Any, words: Any, **_: Any) -> int:
        found.append(words)
        return 0

    monkeypatch.setattr(Turn, "run", turn)
    monkeypatch.setattr(remote, "manage", manage)
    return found


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
def test_without_a_terminal(running: Hosts, done: list[Any], words: tuple[str, ...]) -> None:
    said = running.run(*words[0].split(), *running.place, *words[1:])
    assert (said.exit_code, done) == (1, [])
    assert said.stderr == (
        f"Refused: {ASKING[words]} Nobody can be asked here: add --yes. Nothing was touched.\n"
    )
    assert running.run(*words[0].split(), *running.place, *words[1:], "-y").exit_code == 0
    assert len(done) == 1


# What changes something and asks nothing.
UNASKED = ["deploy", "rollback", "provision", "restart", "resume", "scale", "lock take"]
UNASKED += ["balance in", "balance out", "maintenance off", "certificates rotate"]


@pytest.mark.parametrize("name", [*UNASKED, *(words[0] for words in ASKING), "secrets rotate"])
def test_yes_may_be_given(name: str) -> None:
    command: Any = typer.main.get_command(app)
    for word in name.split():
        command = command.commands[word]
    assert [one.name for one in command.params if {"-y", "--yes"} <= {*one.opts}] == ["yes"]


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1), ("", 1)])
def test_on_a_terminal(answer: str, code: int) -> None:
    ours, theirs = pty.openpty()
    script = "from celeriac.cli.asking import confirm; confirm('It stops.', False); print('done')"
    process = subprocess.Popen(
        [sys.executable, "-c", f"import typer; typer.run(lambda: exec({script!r}))"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(ours, f"{answer}\n".encode())
    said, asked = process.communicate(timeout=30)
    assert (process.returncode, said.strip()) == (code, "" if code else "done")
    assert "It stops. Go on? [y/N]:" in asked
    assert ("Nothing was touched." in asked) == bool(code)


def test_all_is_confirmed_on_the_host_too(running: Hosts, done: list[Any]) -> None:
    assert running.run("dead", "drop", *running.place, "--all", "--yes").exit_code == 0
    assert done == [["dead_letters", "drop", "--all", "--yes"]]
