"""Runs Celeriac's command line as a person does, and notes what it said and when."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from deploy.lab.inventory import REPOSITORY

WITHIN = 900.0  # seconds for any command; then it is interrupted


@dataclass(frozen=True)
class Told:
    """How a command ended, what it said, and from when to when it ran (seconds of the epoch).

    `phases` are its phases with when each began.
    """

    code: int
    text: str
    since: float
    until: float
    phases: tuple[tuple[str, float], ...] = ()


class Commands:
    """Commands about the ledger in one environment; all of their output goes to `log` as well."""

    def __init__(self, environment: str, log: TextIO, say: Callable[[str], None]) -> None:
        self._environment, self._log, self._say = environment, log, say

    def run(self, *words: str, file: Path, killed_in: str = "") -> Told:
        """Run a command to its end, or into a phase and kill it there, in the second host's turn."""
        command = self._command(*words, file=file)
        print(f"\n$ {' '.join(words)} -f {file}", file=self._log, flush=True)
        since = time.time()
        # A session of its own: Ctrl-C must not reach it before the load has ended.
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        late = threading.Timer(WITHIN, _interrupt, [process])
        late.start()
        witness = Witness(killed_in)
        phases: list[tuple[str, float]] = []
        assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
        try:
            for line in process.stdout:  # until its playbook has ended too
                self._log.write(line)
                self._log.flush()
                if witness.hear(line):
                    phases.append((witness.phase, time.time()))
                    self._say(f"  {witness.phase}")
                if witness.now and process.poll() is None:
                    self._say(f"  killed while {witness.hosts[-1]} changes")
                    process.send_signal(signal.SIGKILL)
                    witness.now = False
            code = process.wait()
        except BaseException:
            _interrupt(process)
            process.communicate()
            raise
        finally:
            late.cancel()
        return Told(code, "".join(witness.lines), since, time.time(), tuple(phases))

    def ask(self, *words: str, file: Path) -> tuple[int, Any]:
        """Return the exit code and what `--json` printed; None where that is no JSON."""
        done = subprocess.run(
            self._command(*words, "--json", file=file),
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"\n$ {' '.join(words)} --json: {done.returncode}\n{done.stdout}{done.stderr}",
              file=self._log, flush=True)  # fmt: skip
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            return done.returncode, None

    def _command(self, *words: str, file: Path) -> list[str]:
        place = ["--environment", self._environment, "--file", str(file)]
        return [sys.executable, "-m", "celeriac", *words, *place]


class Witness:
    """Follows a command's lines: a phase is a line after an empty one, what hosts do is indented.

    `now` is true when, in the phase that is waited for, the second host has done something.
    """

    def __init__(self, awaited: str = "") -> None:
        self.lines: list[str] = []
        self.phase = ""
        self.hosts: list[str] = []
        self.now = False
        self._awaited = awaited

    def hear(self, line: str) -> bool:
        """Take a line; return whether a phase begins with it."""
        after_empty = not self.lines or not self.lines[-1].strip()
        self.lines.append(line)
        if line.strip() and not line.startswith(" "):
            if after_empty:
                self.phase, self.hosts = line.strip(), []
            return after_empty
        host, colon, _ = line.strip().partition(":")
        if line.startswith("    ") and colon and " " not in host and host not in self.hosts:
            self.hosts.append(host)
            self.now = self.phase == self._awaited and len(self.hosts) == 2
        return False


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Do what Ctrl-C at a terminal does; the command leaves a state that the next understands."""
    try:
        os.killpg(process.pid, signal.SIGINT)
    except ProcessLookupError:
        return
