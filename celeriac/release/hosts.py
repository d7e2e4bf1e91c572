"""Asks hosts what they know of an application's releases: each once, all at the same time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celeriac import ssh
from celeriac.derive import names
from celeriac.environments import Environment
from celeriac.release import look

# Seconds for an answer, beyond those that ssh has for the connection.
TIMEOUT = 30
_SCRIPT = Path(look.__file__)
_ARCHIVES = "/var/lib/celeriac/build/archives"
_KINDS = ("web", "relay", "beat")


@dataclass(frozen=True)
class Seen:
    """What a host said, or in ``error`` why it did not."""

    error: str = ""
    releases: list[str] = field(default_factory=list)
    current: str | None = None
    records: dict[str, str] = field(default_factory=dict)
    lock: str | None = None
    audit: str | None = None
    units: dict[str, str] = field(default_factory=dict)

    def running(self, application: str) -> set[str]:
        """Return the releases that units of the application run here, and were not told to stop."""
        return self._releases(application, finishing=False)

    def finishing(self, application: str) -> set[str]:
        """Return the releases whose last units of the application finish their work here."""
        return self._releases(application, finishing=True) - self.running(application)

    def _releases(self, application: str, finishing: bool) -> set[str]:
        kinds = (f"celery-{application}-", *(f"{kind}-{application}@" for kind in _KINDS))
        return {
            unit.partition("@")[2].removesuffix(".service")
            for unit, state in self.units.items()
            if unit.startswith(kinds) and (state == "deactivating") is finishing
        }


def ask(place: Environment, hosts: Iterable[str], application: str) -> dict[str, Seen]:
    """Return what each host says; one that cannot be asked has an ``error``.

    Raises:
        InputError: the inventory's variables cannot be read.

    """
    question = [
        *("python3", "-"),
        names.root(application),
        f"{_ARCHIVES}/{application}",
        names.state(application),
    ]
    commands = {host: ssh.as_root(place, host, question) for host in dict.fromkeys(hosts)}
    with ThreadPoolExecutor(max_workers=max(len(commands), 1)) as pool:
        return dict(zip(commands, pool.map(_ask, commands.values()), strict=True))


def _ask(command: list[str]) -> Seen:
    try:
        done = subprocess.run(
            command,
            input=_SCRIPT.read_text(),
            capture_output=True,
            text=True,
            timeout=ssh.CONNECT_TIMEOUT + TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return Seen(error=f"no answer within {late.timeout:.0f} s")
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        return Seen(error=last[0] if last else f"ended with {done.returncode}, without a word")
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return Seen(error=f"not an answer: {done.stdout[:80]!r}")
    return Seen(**answer)
