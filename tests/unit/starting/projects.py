"""Copies of projects that have never seen the kit, and what init wrote into one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from celeriac.description.placeholders import MARK
from celeriac.description.problems import InputError
from celeriac.description.together import load_both
from celeriac.starting.look import Findings, look
from celeriac.starting.write import write

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
# Where each stands, and what of it is copied: nothing that the kit has added.
PARTS = {
    "dailyfresh": (ROOT, ["project", "celery_tasks", "manage.py", "requirements"]),
    "minimal": (ROOT / "tests/apps/minimal", ["hello", "manage.py", "requirements.txt"]),
    "parcel": (HERE / "parcel", ["."]),
    "clinic": (HERE / "clinic", ["."]),
    "letters": (HERE / "letters", ["."]),
}


def copy(name: str, folder: Path) -> Path:
    """Put the project into a folder of its name and return that."""
    origin, parts = PARTS[name]
    ignore = shutil.ignore_patterns("__pycache__")
    for part in parts:
        if (origin / part).is_dir():
            shutil.copytree(origin / part, folder / name / part, ignore=ignore, dirs_exist_ok=True)
        else:
            shutil.copy(origin / part, folder / name / part)
    return folder / name


@dataclass(frozen=True)
class Started:
    """A project into which init has written."""

    folder: Path
    found: Findings

    @property
    def text(self) -> str:
        return (self.folder / "celeriac.yml").read_text()

    @property
    def written(self) -> dict[str, Any]:
        content: dict[str, Any] = yaml.safe_load(self.text)
        return content

    @property
    def hosts_file(self) -> Path:
        return self.folder / "inventories" / "production" / "hosts.yml"

    def problems(self) -> list[str]:
        """What `celeriac check` says of the files as they are now."""
        try:
            load_both(self.folder / "celeriac.yml", "production", self.folder / "inventories")
        except InputError as error:
            return [str(problem) for problem in error.problems]
        return []

    def fill_in(self) -> None:
        """Write something over each placeholder, as a person does."""
        for file in (self.folder / "celeriac.yml", self.hosts_file):
            text = file.read_text().replace(f"ansible_host: {MARK}", "ansible_host: 192.0.2.10")
            text = text.replace(f"email: {MARK}", "email: ops@example.org")
            file.write_text(text.replace(MARK, "www.example.org"))


def start(name: str, folder: Path) -> Started:
    copied = copy(name, folder)
    found = look(copied)
    write(found, copied, "production")
    return Started(copied, found)
