"""Runs all checks of the doctor, in an order in which each can say its own word."""

from __future__ import annotations

from pathlib import Path

from celeriac.description.problems import InputError
from celeriac.doctor import asking, environment, hosts, machine
from celeriac.doctor.environment import Subject
from celeriac.doctor.finding import Finding
from celeriac.environments import Environment


def examine(name: str, file: Path, inventories: Path) -> list[Finding]:
    """Return what was found, of this machine first, then of the environment, then of its hosts."""
    subject = environment.read(Environment(name, inventories), file)
    found = [check() for check in machine.CHECKS]
    found += [finding for check in environment.CHECKS for finding in check(subject)]
    return found + _hosts(subject)


def _hosts(subject: Subject) -> list[Finding]:
    """Ask the hosts that can be recognised; without known_hosts none can."""
    if subject.inventory is None or not subject.place.known_hosts.exists():
        return []
    try:
        answers = asking.ask(subject.place, subject.hosts, subject.inventory.hosts)
    except InputError as error:
        return [
            Finding(subject.where, "hosts", "failed", f"{one.where}: {one.what}", one.remedy)
            for one in error.problems
        ]
    return list(hosts.findings(subject, answers))
