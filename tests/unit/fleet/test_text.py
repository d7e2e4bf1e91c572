"""Tables: every column for programs, and on a narrow terminal those that matter most."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from celeriac.fleet.text import table

ROOT = Path(__file__).parents[3]
TABLE = """
from celeriac.fleet.text import table
rows = [("web-1", "20261122T091200", 7, "serves")]
print(*table(("HOST", "RELEASE", "PID", "NOTE"), rows, ("PID",), ("PID", "RELEASE")), sep="\\n")
"""
ALL = ["HOST   RELEASE          PID  NOTE", "web-1  20261122T091200    7  serves"]


def test_piped() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "10"}
    said = subprocess.check_output([sys.executable, "-c", TABLE], env=environment, text=True)
    assert said.splitlines() == ALL


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (len(ALL[1]), ALL),
        (len(ALL[1]) - 1, ["HOST   RELEASE          NOTE", "web-1  20261122T091200  serves"]),
        (20, ["HOST   NOTE", "web-1  serves"]),
        # What matters is never left out: the terminal wraps it.
        (5, ["HOST   NOTE", "web-1  serves"]),
    ],
)
def test_on_a_terminal(columns: int, lines: list[str]) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    command = [sys.executable, "-c", TABLE]
    subprocess.run(command, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=theirs, check=True)
    assert os.read(ours, 1000).decode().splitlines() == lines


def test_nothing_in_it() -> None:
    assert table(("HOST", "NOTE"), []) == ["HOST  NOTE"]
