"""Executables in ``hooks/`` beside celeriac.yml, which a deploy runs on the control host.

One that must run ``pre-*`` ends the deploy by another exit code than 0, before anything is
touched; ``post-deploy`` and ``failure`` are told, and change nothing. Each has `LIMIT` seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from celeriac.description.problems import InputError, Problem, near_miss

FOLDER = "hooks"
NAMES = ("pre-connect", "pre-build", "pre-deploy", "post-deploy", "failure")
# Seconds that a hook may take.
LIMIT = 300
# It is a path, but what it leads to opens every secret.
_WITHHELD = ("CELERIAC_VAULT_PASSWORD_FILE",)


class Refused(Exception):
    """A hook ended with another code than 0, or took too long; the message says which."""


@dataclass(frozen=True)
class Hooks:
    """The hooks of an application. ``facts`` are in the environment of each, as CELERIAC_<name>.

    With ``skip`` none runs.
    """

    folder: Path
    facts: Mapping[str, str] = field(default_factory=dict)
    skip: bool = False

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
            code = _wait([str(hook.resolve())], {**inherited, **own}, self.folder.parent)
        except subprocess.TimeoutExpired:
            raise Refused(f"{hook} did not end within {LIMIT} s and was ended.") from None
        except OSError as error:
            raise Refused(f"{hook} cannot be run: {error.strerror}. Has it a #! line?") from None
        if code:
            raise Refused(f"{hook} ended with {code}.")
        return True


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


def _wait(command: list[str], environment: Mapping[str, str], folder: Path) -> int:
    """Run a command in a group of its own, and end all of it if it takes too long or we are ended."""
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(LIMIT)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
