"""Runs all checks of the doctor, in an order in which each can say its own word."""

from __future__ import annotations

from pathlib import Path

from celeriac.description.problems import InputError
from celeriac.doctor import asking, environment, hosts, machine
from celeriac.doctor.environment import Subject
from celeriac.doctor.finding import Finding
from celeriac.environments import Environment
from celeriac.fleet.loading import matching


def examine(name: str, file: Path, inventories: Path, pattern: str | None = None) -> list[Finding]:
    """Return what was found, of this machine first, then of the environment, then of its hosts.

    Only hosts that ``pattern`` names are asked. Raises `InputError` where it names none.
    """
    subject = environment.read(Environment(name, inventories), file)
    found = [check() for check in machine.CHECKS]
    found += [finding for check in environment.CHECKS for finding in check(subject)]
    return found + _hosts(subject, pattern)


def _hosts(subject: Subject, pattern: str | None) -> list[Finding]:
    """Ask the hosts that can be recognised; without known_hosts none can."""
    if subject.inventory is None or not subject.place.known_hosts.exists():
        return []
    asked = matching(subject.inventory, pattern, subject.hosts)
    try:
        answers = asking.ask(subject.place, asked, subject.inventory.hosts)
    except InputError as error:
        return [
            Finding(subject.where, "hosts", "failed", f"{one.where}: {one.what}", one.remedy)
            for one in error.problems
        ]
    return list(hosts.findings(subject, answers))
