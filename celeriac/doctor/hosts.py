"""Checks of the hosts of an inventory, each on what the host said of itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import yaml
from cryptography import x509

from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.doctor.asking import Answer
from celeriac.doctor.environment import Subject
from celeriac.doctor.finding import Finding, State, ok
from celeriac.environments import ANSIBLE

SYSTEM = ("debian", "13")
# Seconds; TLS, tokens and the order of ticks bear this much.
CLOCK = 2.0
# Days; a deploy renews what has fewer left.
DUE = 30
_SUDO = "Give its user sudo without a password, or `ansible_user: root`."
_APPLICATION = ("build", "web", "workers", "relay", "beat")


@dataclass(frozen=True)
class Host:
    """A host that answered, with what its environment wants of it."""

    answer: Answer
    inventory: Inventory
    description: Description | None

    @property
    def name(self) -> str:
        return self.answer.host

    @property
    def facts(self) -> dict[str, Any]:
        return self.answer.facts

    def ok(self, check: str, what: str) -> Finding:
        return ok(self.name, check, what, host=True)

    def bad(self, check: str, state: State, what: str, remedy: str) -> Finding:
        return Finding(self.name, check, state, what, remedy, host=True)

    def minimum(self, variable: str) -> int:
        """Return what the role `base` asks for, unless the inventory's file says otherwise."""
        defaults = ANSIBLE / "roles" / "base" / "defaults" / "main.yml"
        told = self.inventory.hosts[self.name].get(variable)
        return int(told or yaml.safe_load(defaults.read_text(encoding="utf-8"))[variable])


def findings(subject: Subject, answers: list[Answer]) -> Iterator[Finding]:
    """Yield the checks of every host; one that did not answer has that one alone."""
    if subject.inventory is None:
        return
    for answer in answers:
        if not answer.facts:
            yield _silent(answer)
            continue
        host = Host(answer, subject.inventory, subject.description)
        yield host.ok("reachable", "over SSH")
        for check in CHECKS:
            yield check(host)


def _silent(answer: Answer) -> Finding:
    if not answer.reached:
        remedy = f"Look at its address, firewall, user and key: `ssh` to {answer.host} by hand."
        if answer.reason == "Host key verification failed.":
            remedy = "Its key is not the one in known_hosts. Find out why before you write the new one there."
        return Finding(answer.host, "reachable", "failed", answer.reason, remedy, host=True)
    check, remedy = "answer", f"Run `python3 --version` on {answer.host} by hand."
    if re.search(r"python3: (command )?not found$", answer.reason):
        check, remedy = "python", "On it: apt-get install python3"
    elif "sudo" in answer.reason:
        check, remedy = "root", _SUDO
    return Finding(answer.host, check, "failed", answer.reason, remedy, host=True)


def root(host: Host) -> Finding:
    """The user becomes root without being asked."""
    if host.facts["user"]:
        return host.bad("root", "failed", f"the user id is {host.facts['user']}", _SUDO)
    return host.ok("root", "without a password")


def system(host: Host) -> Finding:
    """It runs what the roles are written for."""
    found = (host.facts["distribution"], host.facts["release"])
    if found != SYSTEM:
        remedy = "Install Debian 13 on it, or take it out of the inventory."
        return host.bad("system", "failed", f"{' '.join(found)}, not Debian 13", remedy)
    return host.ok("system", "Debian 13")


def python(host: Host) -> Finding:
    """Where the application runs, it finds the Python that its description names."""
    version = str(host.facts["python"])
    runs = any(host.name in host.inventory.groups.get(group, []) for group in _APPLICATION)
    wanted = host.description.code.python if host.description else None
    if runs and wanted and version.split(".")[:2] != wanted.split("."):
        what = f"python3 is {version}, and code/python says {wanted}"
        return host.bad("python", "failed", what, "Correct code/python in celeriac.yml.")
    return host.ok("python", version)


def clock(host: Host) -> Finding:
    """It agrees with this machine: more than the measurement's own uncertainty apart counts."""
    apart, uncertain = host.answer.clock, host.answer.uncertain
    said = f"{apart:+.2f} s to this machine (measured to within {uncertain:.2f} s)"
    if abs(apart) - uncertain >= CLOCK:
        remedy = "Let both keep time: apt-get install systemd-timesyncd, then timedatectl."
        return host.bad("clock", "failed", said, remedy)
    if abs(apart) + uncertain >= CLOCK:
        return host.bad("clock", "warning", said, "Run it again when the line is quiet.")
    return host.ok("clock", said)


def memory(host: Host) -> Finding:
    """It has the memory that a deploy asks for, and some of it is free."""
    total, free = host.facts["memory"], host.facts["memory_free"]
    least = host.minimum("base_minimum_memory_mb")
    if total < least:
        remedy = "Enlarge it, or lower base_minimum_memory_mb for it in the inventory."
        return host.bad("memory", "failed", f"{total} MiB, and {least} are needed", remedy)
    if free < least:
        what = f"{free} of {total} MiB free: a new release runs beside the old one for a while"
        return host.bad("memory", "warning", what, "Enlarge it, or give it fewer workers.")
    return host.ok("memory", f"{free} of {total} MiB free")


def disk(host: Host) -> Finding:
    """There is room for packages and releases."""
    free, least = host.facts["disk_free"], host.minimum("base_minimum_disk_mb")
    if free < least:
        remedy = "Remove files, enlarge it, or lower base_minimum_disk_mb in the inventory."
        return host.bad("disk", "failed", f"{free} MiB free on /, and {least} are needed", remedy)
    return host.ok("disk", f"{free} MiB free")


def names(host: Host) -> Finding:
    """It knows the other hosts by name; the first deploy writes them into /etc/hosts."""
    unknown = host.facts["unknown_names"]
    if not unknown:
        return host.ok("names", "those of the other hosts resolve")
    what = f"it does not know {', '.join(unknown)}"
    if host.inventory.hosts[host.name].get("base_hosts_file", True):
        return host.bad("names", "warning", what, "A deploy writes them into its /etc/hosts.")
    return host.bad("names", "failed", what, "Add them to your DNS, or set base_hosts_file.")


def certificates(host: Host) -> Finding:
    """None in /etc/celeriac/tls has ended or ends soon."""
    left: dict[str, int] = {}
    for name, text in sorted(host.facts["certificates"].items()):
        try:
            ends = [
                one.not_valid_after_utc for one in x509.load_pem_x509_certificates(text.encode())
            ]
        except ValueError:
            what = f"/etc/celeriac/tls/{name} holds no certificate"
            return host.bad("certificates", "failed", what, "Deploy again: it is written anew.")
        left[name] = (min(ends) - datetime.now(UTC)).days
    if not left:
        return host.ok("certificates", "none yet")
    first = min(left, key=lambda name: left[name])
    said = f"{first} has {left[first]} days left"
    if left[first] < DUE:
        state: State = "failed" if left[first] < 0 else "warning"
        remedy = "Deploy, or run `celeriac certificates rotate`; --authority for ca.crt."
        return host.bad("certificates", state, said, remedy)
    return host.ok("certificates", f"{said}, the first of {len(left)} to end")


CHECKS: tuple[Callable[[Host], Finding], ...] = (
    root,
    system,
    python,
    clock,
    memory,
    disk,
    names,
    certificates,
)
