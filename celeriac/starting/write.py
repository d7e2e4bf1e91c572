"""Writes the drafts into a project, over no file that is there."""

from __future__ import annotations

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
    """Raise `InputError` that names each file that is there already."""
    if not environment or Path(environment).name != environment:
        what = f"'{environment}' cannot be a folder's name"
        raise InputError(folder, [Problem("--environment", what, "Write production.")])
    there = [path for path in _paths(folder, environment) if path.exists()]
    if there:
        remedy = "Move it away first: init writes over no file."
        raise InputError(folder, [Problem(str(path), "there already", remedy) for path in there])


def write(found: Findings, folder: Path, environment: str) -> Written:
    """Write celeriac.yml, the inventory, and what git must not take.

    Raises `InputError` for a file that is there, or a folder that cannot be written.
    """
    refuse_existing(folder, environment)
    description, hosts = _paths(folder, environment)
    texts = {description: draft.text(found), hosts: inventory.text(found, environment)}
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        return Written(description, hosts, _ignore(folder / ".gitignore"))
    except OSError as error:
        remedy = "Correct it, and remove what init wrote."
        problem = Problem(str(error.filename), error.strerror or "not written", remedy)
        raise InputError(folder, [problem]) from None


def _paths(folder: Path, environment: str) -> tuple[Path, Path]:
    return folder / "celeriac.yml", folder / "inventories" / environment / "hosts.yml"


def _ignore(path: Path) -> Path | None:
    """Add the vault's password to .gitignore unless it is there; return the file if changed."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if IGNORED in text.splitlines():
        return None
    start = f"{text}\n" if text and not text.endswith("\n") else text
    path.write_text(f"{start}# The password of the vault with the secrets.\n{IGNORED}\n")
    return path
