"""What tells a deploy that nothing has changed since the last one, and what it says then."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import typer

from celeriac.cli.phases import width
from celeriac.cli.turn import Turn
from celeriac.description.inventory import Inventory
from celeriac.fleet.text import count
from celeriac.release import hosts, stamp


@dataclass(frozen=True)
class Unchanged:
    """Whether a deploy of all hosts has nothing to do, by the stamps that the last one left there.

    A file of this control host remembers of which inputs that was: only where they are the same
    can the hosts' stamps say so, and only then are they asked.
    """

    turn: Turn
    document: dict[str, Any]
    inventory: Inventory

    @cached_property
    def inputs(self) -> str:
        """The digest of what the deploy is made of; empty where it cannot be told."""
        try:
            return stamp.inputs(self.document, self.turn.place, self.inventory.hosts)
        except OSError:  # a file beside the inventory, which is not ours to read
            return ""

    @property
    def _file(self) -> Path:
        return self.turn.place.state(self.turn.application) / "stamp.json"

    def variables(self) -> dict[str, Any]:
        """Return what has the playbook leave stamps, if it finds nothing to do."""
        if not self.inputs:
            return {}
        archives = f"{hosts.ARCHIVES}/{self.turn.application}"
        file = str(self._file.resolve())
        return {"celeriac_stamp": {"inputs": self.inputs, "archives": archives, "file": file}}

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)

    def holds(self) -> bool:
        """Ask the hosts and tell what they say; whether all are as the last deploy left them."""
        built = self.document["build"]["known"]
        if not (built and self.inputs and self._remembered() == self.inputs):
            return False
        places, brokers = list(self.inventory.hosts), self.inventory.groups.get("broker", [])
        self._note("\nLook whether anything has changed since the last deploy")
        seen = stamp.compare(self.turn.place, self.document, places, self.inputs, brokers[:1])
        for host, found in sorted(seen.items()):
            self._note(f"  {host:<{width(places)}} {found.outcome}")
        return not any(found.differs for found in seen.values())

    def say(self, seconds: float) -> None:
        turn, number = self.turn, count(len(self.inventory.hosts), "host")
        self._note(
            f"\n{turn.application} in {turn.place.name}: nothing to change ({seconds:.1f} s). Code, description, "
            f"inventory and {number} are as the last deploy found them.\n"
            f"To look at everything all the same: celeriac deploy {turn.typed} --full",
            always=True,
        )

    def _note(self, text: str, *, always: bool = False) -> None:
        """Write into the log, and show it; with ``-q`` only what is ``always`` shown."""
        with self.turn.log.open("a") as log:
            log.write(f"{text}\n")
        if always or not self.turn.voice.quiet:
            typer.echo(text)

    def _remembered(self) -> str | None:
        try:
            return str(json.loads(self._file.read_text())["inputs"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
