"""Writes the drafts into a project, over no file that is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from celeriac.description.problems import InputError, Problem
from celeriac.starting import draft, inventory
from celeriac.starting.look import Findings

IGNORED = "inventories/*/.vault-password"


@dataclass(frozen=True)
class Written:
    """The files of a start; ``ignored`` is whether .gitignore got its line."""

    description: Path
    hosts: Path
    ignored: Path | None

    @property
    def known_hosts(self) -> Path:
        """Where the hosts' SSH keys belong."""
        return self.hosts.with_name("known_hosts")


def refuse_existing(folder: Path, environment: str) -> None:
    """Raise `InputError` that names each file that is there already, or stands for a folder."""
    if environment in {"", ".."} or Path(environment).name != environment:
        what = f"'{environment}' cannot be a folder's name"
        raise InputError(folder, [Problem("--environment", what, "Write production.")])
    description, hosts = _paths(folder, environment)
    there = {path: "there already" for path in (description, hosts) if os.path.lexists(path)}
    for path in (hosts.parent.parent, hosts.parent):
        if os.path.lexists(path) and not path.is_dir():
            there[path] = "no folder, and the inventory goes below it"
    if there:
        remedy = "Move it away first: init writes over no file."
        problems = [Problem(str(path), what, remedy) for path, what in there.items()]
        raise InputError(folder, problems)


def write(found: Findings, folder: Path, environment: str) -> Written:
    """Write celeriac.yml, the inventory, and what git must not take: all of it, or nothing.

    Raises `InputError` for a file that is there, or a folder that cannot be written.
    """
    refuse_existing(folder, environment)
    description, hosts = _paths(folder, environment)
    texts = {description: draft.text(found), hosts: inventory.text(found, environment)}
    try:
        with _taken_back() as made:
            for path in (hosts.parent.parent, hosts.parent):
                if not path.is_dir():
                    path.mkdir()
                    made.append(path)
            for path, text in texts.items():
                with path.open("x", encoding="utf-8") as file:
                    made.append(path)
                    file.write(text)
            return Written(description, hosts, _ignore(folder / ".gitignore", made))
    except OSError as error:
        what = f"{error.strerror}; nothing was written"
        raise InputError(
            folder, [Problem(str(error.filename or folder), what, "Correct it.")]
        ) from None


def _paths(folder: Path, environment: str) -> tuple[Path, Path]:
    return folder / "celeriac.yml", folder / "inventories" / environment / "hosts.yml"


@contextmanager
def _taken_back() -> Iterator[list[Path]]:
    """Take the list of what was made, and remove all of it if the rest fails."""
    made: list[Path] = []
    try:
        yield made
    except BaseException:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        raise


def _ignore(path: Path, made: list[Path]) -> Path | None:
    """Add the vault's password to .gitignore unless it is there; return the file if changed."""
    new = not path.exists()
    text = "" if new else path.read_text(encoding="utf-8", errors="replace")
    if IGNORED in text.splitlines():
        return None
    start = "\n" if text and not text.endswith("\n") else ""
    with path.open("a", encoding="utf-8") as file:
        if new:
            made.append(path)
        file.write(f"{start}# The password of the vault with the secrets.\n{IGNORED}\n")
    return path
