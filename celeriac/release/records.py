"""What is written down of a finished release, on the build host and in the control host's cache."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.problems import InputError, Problem
from celeriac.description.validation import validate

# What a host must know of an archive to take it.
ARCHIVE = ("release", "sha256", "archive_bytes", "unpacked_bytes")
_REMEDY = "Deploy its code again instead; docs/releases.md tells what a record holds."


@dataclass(frozen=True)
class Record:
    """A release's record. ``content`` has keys that this version may not know."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, text: str) -> Record | None:
        """Return the record in a text; None if it is damaged."""
        try:
            content = json.loads(text)
        except ValueError:
            return None
        return cls(content) if isinstance(content, dict) else None

    @property
    def archive(self) -> dict[str, Any]:
        return archive(self.content)

    @property
    def built(self) -> tuple[str | None, str | None]:
        """When it was built (UTC), and by whom."""
        return self.content.get("built_at"), self.content.get("built_by")

    @property
    def revision(self) -> str | None:
        return self.content.get("revision")

    def description(self, inventory: Inventory) -> Description:
        """Return the description it was built with, checked against today's inventory.

        Its code is not here, so checks that read files are left out: they passed at its build.

        Raises:
            InputError: no description in it, not one of this version, or no place for it.

        """
        from celeriac.description import placement

        name = f"the record of {self.content.get('release')}"
        text = self.content.get("description")
        if not isinstance(text, str):
            what = "written by an older version of Celeriac, without its celeriac.yml"
            raise InputError(inventory.file, [Problem(name, what, _REMEDY)])
        found = validate(yaml.safe_load(text))
        problems = found.problems or placement.check(found.description, inventory)
        if problems:
            inside = [Problem(f"{name}, {p.where}", p.what, p.remedy) for p in problems]
            raise InputError(inventory.file, inside)
        return found.description


def archive(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a record that says what its archive is."""
    return {key: content[key] for key in ARCHIVE}


def cached(folder: Path) -> dict[str, str]:
    """Return the records that came to this control host with the archives of one application."""
    return {file.stem: file.read_text() for file in sorted(folder.glob("*.json"))}
