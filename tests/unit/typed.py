"""The command line as a person types it, without a process of its own for each command."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from celeriac.cli.main import app


@dataclass(frozen=True)
class Said:
    """How a command ended; ``stdout`` and ``stderr`` have what it started says, too."""

    returncode: int
    stdout: str
    stderr: str


def typed(capfd: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run a command in this process, its folder and variables; an exception goes through."""
    capfd.readouterr()
    try:
        app(list(words), prog_name="celeriac")
    except SystemExit as ended:
        assert ended.code is None or isinstance(ended.code, int)
        return Said(ended.code or 0, *capfd.readouterr())
    raise AssertionError("a command line ends its process")
