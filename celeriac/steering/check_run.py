"""A run of playbooks in check mode: what they would change, on which host."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from celeriac import private_file
from celeriac.environments import Environment, ansible_variables
from celeriac.release import control

# Lists of a module's result that name what changes, in the order in which they are told.
_TOLD = {
    "written": "write",
    "removed": "remove",
    "started": "start",
    "restarted": "restart",
    "reloaded": "reload",
    "enabled": "enable",
    "stopping": "let finish",
    "ran": "run step",
}


class Interrupted(Exception):
    """The playbooks were told to end; ``code`` is the exit code that tells by what."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Change:
    """What one task would do to one host; ``diff`` as Ansible shows it, empty without one."""

    host: str
    phase: str
    task: str
    details: list[str]
    diff: str


@dataclass(frozen=True)
class CheckRun:
    """``failures`` are host to why its part was not looked at to the end; ``unreachable`` of them are
    the hosts that did not answer, ``warnings`` what a person should know.
    """

    changes: list[Change]
    failures: dict[str, str] = field(default_factory=dict)
    unreachable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    done: bool = True

    def of(self, hosts: Collection[str]) -> CheckRun:
        """Return what would change on these hosts; failures stay, for they may be the reason."""
        return replace(self, changes=[one for one in self.changes if one.host in hosts])

    @property
    def by_host(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.host, []).append(change)
        return dict(sorted(found.items()))


def run(
    place: Environment,
    application: str,
    playbooks: Iterable[str],
    variables: Mapping[str, Any],
    host: str | None,
    log: Path,
    say: Callable[[str], None],
) -> CheckRun:
    """Run playbooks in check mode and return what they would change; nothing is locked.

    ``host`` is that of the lock, whose holder is a warning. ``say`` is told each phase.

    Raises:
        Interrupted: by Ctrl-C, SIGTERM or SIGHUP.

    """
    from celeriac.cli import exits, playbook

    folder = place.state(application)
    # Of this process alone: somebody else may look at the same time.
    told, derived = (folder / f"check-{os.getpid()}.{kind}" for kind in ("jsonl", "json"))
    mark = control.literals(control.mark("check"))
    mine = {**mark, "application": application, "hosts": [host] if host else []}
    text = json.dumps({**variables, "celeriac_run": mine}, indent=1)
    private_file.write(derived, text.encode())
    private_file.write(told, b"")
    command = playbook.command(place, playbooks, f"@{derived}", ["--check", "--diff"])
    environment = {
        **ansible_variables(place, log),
        "CELERIAC_CHECK": str(told.resolve()),
        # Not those of a deploy, which may run now.
        "CELERIAC_FAILURES": os.devnull,
    }

    def say_phase(line: str) -> None:
        if line.strip() and not line.startswith((" ", "[", "Failed")):
            say(line.rstrip())

    try:
        code = playbook.followed(command, environment, say_phase)
        if code in exits.INTERRUPTED:
            raise Interrupted(code)
        return read(told.read_text().splitlines(), done=code == exits.DONE)
    finally:
        for file in (told, derived):
            file.unlink(missing_ok=True)


def read(lines: Iterable[str], *, done: bool) -> CheckRun:
    """Read what the callback wrote: one JSON object a line, of a change, a failure or a warning."""
    changes, failures, unreachable, warnings = [], {}, [], []
    told: set[tuple[str, str]] = set()
    for line in lines:
        said = json.loads(line)
        if said["kind"] == "change":
            change = _change(said)
            # A unit that does not start in check mode is still to be started for a later play.
            new = [each for each in change.details if (change.host, each) not in told]
            if new or not change.details:
                changes.append(replace(change, details=new))
            told |= {(change.host, each) for each in new}
        elif said["kind"] == "warning":
            warnings.append(said["text"])
        else:
            failures[said["host"]] = f"{said['task']} ({said['phase']}): {said['text']}"
            unreachable += [said["host"]] if said["kind"] == "unreachable" else []
    if done:  # what failed was rescued; a host that is away may be left out of a play
        failures = {host: text for host, text in failures.items() if host in unreachable}
    return CheckRun(changes, failures, unreachable, list(dict.fromkeys(warnings)), done)


def _change(said: Mapping[str, Any]) -> Change:
    details = [
        f"{verb} {name}" for key, verb in _TOLD.items() for name in said["result"].get(key, [])
    ]
    return Change(said["host"], said["phase"], said["task"], details, said["diff"])
