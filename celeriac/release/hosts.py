"""Asks hosts what they know of an application's releases: each once, all at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from celeriac import ssh
from celeriac.derive import names
from celeriac.environments import Environment
from celeriac.fleet import ask as fleet
from celeriac.release import look

# Seconds for an answer, beyond those that ssh has for the connection.
TIMEOUT = 30
_SCRIPT = Path(look.__file__)
ARCHIVES = "/var/lib/celeriac/build/archives"
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
        f"{ARCHIVES}/{application}",
        names.state(application),
    ]
    look = _SCRIPT.read_text(encoding="utf-8")
    asked = {host: (ssh.as_root(place, host, question), look) for host in dict.fromkeys(hosts)}
    answers = fleet.ask(asked, ssh.CONNECT_TIMEOUT + TIMEOUT)
    return {
        host: Seen(error=answer.reason) if answer.said is None else Seen(**answer.said)
        for host, answer in answers.items()
    }
