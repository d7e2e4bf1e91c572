"""Executables in ``hooks/`` beside celeriac.yml, run on the control host.

One of ``pre-*`` ends the deploy by another exit code than 0, before anything is touched;
``post-deploy`` and ``failure`` are told, and change nothing. ``web-out`` and ``web-in`` are for a
balancer that is not ours; the playbooks run them, of whichever command. Each has `LIMIT` seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from celeriac.description.problems import InputError, Problem, near_miss
from celeriac.release import control

FOLDER = "hooks"
WEB = ("web-out", "web-in")
NAMES = ("pre-connect", "pre-build", "pre-deploy", "post-deploy", "failure", *WEB)
# Seconds that a hook may take.
LIMIT = 300
# It is a path, but what it leads to opens every secret.
_WITHHELD = ("CELERIAC_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE")


class Refused(Exception):
    """A hook ended with another code than 0, or took too long; the message says which."""


@dataclass(frozen=True)
class Hooks:
    """The hooks of an application. ``facts`` are in the environment of each, as CELERIAC_<name>.

    With ``skip`` none runs. What they say goes to ``output``, without one to where ours goes.
    """

    folder: Path
    facts: Mapping[str, str] = field(default_factory=dict)
    skip: bool = False
    output: IO[bytes] | None = None

    def variables(self) -> dict[str, Any]:
        """Return what a playbook is passed to run those of web hosts."""
        there = [name for name in WEB if not self.skip and (self.folder / name).exists()]
        facts = {name: control.literal(value) for name, value in self.facts.items()}
        found = {"folder": control.literal(str(self.folder)), "facts": facts, "names": there}
        return {"celeriac_hooks": found}

    def run(self, name: str, **facts: str | None) -> bool:
        """Run a hook and return whether there was one. ``facts`` are added to those of all.

        Raises:
            Refused: it says no, or does not end in time.

        """
        hook = self.folder / name
        if self.skip or not hook.exists():
            return False
        known = {**self.facts, "HOOK": name, **facts}
        own = {f"CELERIAC_{key}": value or "" for key, value in known.items()}
        inherited = {key: value for key, value in os.environ.items() if key not in _WITHHELD}
        try:
            code = self._wait([str(hook.resolve())], {**inherited, **own})
        except subprocess.TimeoutExpired:
            raise Refused(f"{hook} did not end within {LIMIT} s and was ended.") from None
        except OSError as error:
            raise Refused(f"{hook} cannot be run: {error.strerror}. Has it a #! line?") from None
        if code:
            raise Refused(f"{hook} ended with {code}.")
        return True

    def _wait(self, command: list[str], environment: Mapping[str, str]) -> int:
        """Run a command in a group of its own, and end all of it if it takes too long or we are ended."""
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )
        try:
            return process.wait(LIMIT)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise


def of(
    file: Path, document: Mapping[str, Any], hosts: Iterable[str], log: Path, *, skip: bool = False
) -> Hooks:
    """Return the hooks beside a description, with what all are told; nothing of it is secret.

    ``hosts`` are those that are worked on.
    """
    facts = {
        "APPLICATION": document["application"],
        "ENVIRONMENT": document["environment"],
        "REVISION": document["build"].get("revision") or "",
        "HOSTS": " ".join(hosts),
        "WHO": control.owner(),
        "LOG": str(log.resolve()),
    }
    return Hooks(file.resolve().parent / FOLDER, facts, skip)


def check(file: Path) -> None:
    """Raise `InputError` for what is wrong in the folder beside a description."""
    if problems := list(_problems(file.resolve().parent / FOLDER)):
        raise InputError(file, problems)


def _problems(folder: Path) -> Iterator[Problem]:
    # Hidden files are an editor's or git's.
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    for entry in (one for one in entries if not one.name.startswith(".")):
        where = f"{FOLDER}/{entry.name}"
        if entry.name not in NAMES:
            yield Problem(where, "no hook of this name", near_miss(entry.name, NAMES))
        elif not entry.is_file():
            yield Problem(where, "not a file", "Put an executable file there.")
        elif not os.access(entry, os.X_OK):
            yield Problem(where, "not executable", f"Run: chmod +x {where}")
