"""Checks of an environment's files: description, inventory, vault and known_hosts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from celeriac import ssh
from celeriac.derive.document import build
from celeriac.description import inventory as inventory_file
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.placeholders import MARK
from celeriac.description.problems import InputError, Problem
from celeriac.description.together import load_both
from celeriac.doctor.finding import Finding, ok
from celeriac.environments import Environment
from celeriac.typed import options

_KEYS = "Collect the key over a way you trust; docs/guide.md tells how."


@dataclass(frozen=True)
class Subject:
    """An environment with what could be read of it."""

    place: Environment
    file: Path
    description: Description | None
    inventory: Inventory | None
    problems: list[Problem]

    @property
    def where(self) -> str:
        return f"environment {self.place.name}"

    @property
    def hosts(self) -> list[str]:
        """The hosts that have an address: those still to be filled in cannot be asked."""
        hosts = self.inventory.hosts if self.inventory else {}
        return [name for name, told in hosts.items() if MARK not in str(told.get("ansible_host"))]


def read(place: Environment, file: Path) -> Subject:
    """Return the environment; what is wrong with its files is kept to be told."""
    try:
        description, inventory = load_both(file, place.name, place.inventories)
    except InputError as error:
        try:
            inventory = inventory_file.read(place.name, place.inventories)
            return Subject(place, file, None, inventory, error.problems)
        except InputError:
            return Subject(place, file, None, None, error.problems)
    return Subject(place, file, description, inventory, [])


def inputs(subject: Subject) -> Iterator[Finding]:
    """Description and inventory, as `celeriac check` reads them."""
    for problem in subject.problems:
        yield _failed(subject, "check", problem)
    if not subject.problems and subject.inventory:
        what = f"{subject.file} and {subject.inventory.file} have no problem"
        yield ok(subject.where, "check", what)


def password(subject: Subject) -> Iterator[Finding]:
    """The vault's password is there and nobody else on this machine can read it."""
    file = subject.place.vault.password_file
    try:
        mode = file.stat().st_mode & 0o777
        file.read_bytes()
    except OSError as error:
        what = f"{file}: {error.strerror}"
        yield Finding(subject.where, "vault password", "failed", what, _make(subject))
        return
    if mode & 0o077:
        state = "failed" if mode & 0o007 else "warning"
        what = f"others on this machine may read {file} (mode {mode:04o})"
        remedy = f"chmod 600 {file}"
        yield Finding(subject.where, "vault password", state, what, remedy)  # type: ignore[arg-type]
        return
    yield ok(subject.where, "vault password", f"{file}, mode {mode:04o}")


def secrets(subject: Subject) -> Iterator[Finding]:
    """The vault opens and holds every secret that a deploy needs."""
    vault = subject.place.vault
    if not vault.path.exists():
        yield Finding(subject.where, "secrets", "failed", f"{vault.path} is not there", _make(subject))  # fmt: skip
        return
    try:
        vault.read()
        if subject.description is None or subject.inventory is None:
            yield ok(subject.where, "secrets", f"{vault.path} opens; which it needs is not known")
            return
        document = build(subject.description, subject.inventory)["celeriac"]
        missing = vault.missing(subject.description.application, document["secrets"])
        absent = vault.absent(document["secrets_given"])
    except InputError as error:
        for problem in error.problems:
            yield _failed(subject, "secrets", problem)
        return
    if missing:
        what = f"missing: {', '.join(missing)}"
        yield Finding(subject.where, "secrets", "failed", what, _make(subject))
    if absent:
        what = f"an external service has them, and the vault has not: {', '.join(absent)}"
        remedy = f"Put them below celeriac_secrets with `celeriac secrets edit {options(subject.place)}`."
        yield Finding(subject.where, "secrets", "failed", what, remedy)
    if not missing and not absent:
        yield ok(subject.where, "secrets", f"{vault.path} holds them all")


def _failed(subject: Subject, check: str, problem: Problem) -> Finding:
    what = f"{problem.where}: {problem.what}"
    return Finding(subject.where, check, "failed", what, problem.remedy)


def _make(subject: Subject) -> str:
    if subject.place.name == "lab":
        return "The first deploy to the lab makes it: make demo."
    there = options(subject.place, subject.file)
    return f"`celeriac secrets init {there}` makes it; a password that exists belongs there."


def known_hosts(subject: Subject) -> Iterator[Finding]:
    """Every host of the inventory can be recognised."""
    file, unknown = subject.place.known_hosts, []
    if not file.exists():
        what = f"{file} is not there, so no host can be recognised"
        yield Finding(subject.where, "known_hosts", "failed", what, _KEYS)
        return
    for host in subject.hosts:
        try:
            name = _name(ssh.words(subject.place, host))
        except InputError as error:
            yield from (_failed(subject, "known_hosts", problem) for problem in error.problems)
            return
        command = ["ssh-keygen", "-F", name, "-f", str(file)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            unknown.append(f"{host} ({name})" if name != host else host)
    if unknown:
        what = f"{file} has no key of {', '.join(unknown)}"
        yield Finding(subject.where, "known_hosts", "failed", what, _KEYS)
    else:
        yield ok(subject.where, "known_hosts", f"{file} knows {len(subject.hosts)} hosts")


def _name(words: list[str]) -> str:
    """Return the name under which ssh looks for the key of the host."""
    port = next((word.partition("=")[2] for word in words if word.startswith("-oPort=")), "22")
    return words[-1] if port == "22" else f"[{words[-1]}]:{port}"


CHECKS = (inputs, password, secrets, known_hosts)
