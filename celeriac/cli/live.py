"""A line at the end of a terminal that says what runs now; nowhere else is anything of it seen."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from typing import TextIO

ERASE = "\r\033[K"


class Live:
    """Draws the line anew for each task that begins, and takes it away before other text."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._wanted = self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._drawn = False

    def draw(self, phase: str, running: Mapping[str, str]) -> None:
        """Show what runs on which host. Text that follows without `clear` overwrites it."""
        if self._wanted:
            columns = shutil.get_terminal_size().columns - 1
            self._write(f"{ERASE}{text(phase, running)[:columns]}\r")
            self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            self._write(ERASE)
            self._drawn = False

    def _write(self, what: str) -> None:
        self._stream.write(what)
        self._stream.flush()


def text(phase: str, running: Mapping[str, str]) -> str:
    """Return phase, task and the hosts that are at it; of several tasks that of the last to begin."""
    if not running:
        return f"  … {phase}"
    task = list(running.values())[-1]
    hosts = [host for host, own in running.items() if own == task]
    named = ", ".join(hosts[:4]) + (f" and {len(hosts) - 4} more" if len(hosts) > 4 else "")
    return f"  … {named}: {task}"
