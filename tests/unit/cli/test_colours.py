"""Colours of the commands: on a terminal alone, and not with NO_COLOR or on a dumb one. Of playbooks: beside this."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = """
import typer
from celeriac.cli.main import app
app.command("say")(lambda: typer.echo(typer.style("ready", fg="green")))
app(["say"])
"""


@pytest.mark.parametrize(
    ("no_color", "term", "coloured"),
    [("", "xterm", True), ("1", "xterm", False), ("", "dumb", False)],
)
def test_on_a_terminal(no_color: str, term: str, coloured: bool) -> None:
    ours, theirs = pty.openpty()
    say(theirs, NO_COLOR=no_color, TERM=term)
    assert ("\x1b[32mready" in os.read(ours, 1000).decode()) == coloured


def test_elsewhere() -> None:
    assert say(subprocess.PIPE, NO_COLOR="", TERM="xterm") == "ready\n"


def say(where: int, **variables: str) -> str | None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, stdout=where, text=True, check=True)
    return done.stdout
