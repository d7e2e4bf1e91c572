"""The lock of an application in an environment, as the host of its steps holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celeriac.release import control

_WORDS = ("owner", "what", "message", "since", "token")
_UNREADABLE = {
    **dict.fromkeys(_WORDS, ""),
    "owner": "unknown",
    "what": "a file that cannot be read",
}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@dataclass(frozen=True)
class Lock:
    """Who keeps others from deploying. ``since`` is UTC; ``pid`` is None if it was taken by hand.

    ``born`` tells its process from a later one of the same number; older versions did not write it.
    """

    owner: str
    what: str
    message: str
    since: str
    token: str
    pid: int | None
    machine: str | None
    born: int | None = None

    @classmethod
    def read(cls, text: str | None) -> Lock | None:
        """Return the lock in a file's text; None for no file.

        One that cannot be read holds as well: nobody knows what goes on.
        """
        if text is None:
            return None
        try:
            held = json.loads(text)
        except ValueError:
            held = None
        held = {**_UNREADABLE, **(held if isinstance(held, dict) else {})}
        words = {key: str(held[key]) for key in _WORDS}
        pid, machine, born = (held.get(key) for key in ("pid", "machine", "born"))
        return cls(**words, pid=pid, machine=machine, born=born)

    @property
    def left_behind(self) -> bool:
        """Whether its process was one of this person on this machine, and is gone.

        After the machine has booted again nobody can tell, so the answer is no.
        """
        return (
            self.owner == control.owner()
            and self.machine is not None
            and self.machine == control.machine()
            and self.pid is not None
            and not control.runs(self.pid, self.born)
        )

    @property
    def runs_here(self) -> bool:
        """Whether its process is one of this machine and still there."""
        return (
            self.machine is not None
            and self.machine == control.machine()
            and self.pid is not None
            and control.runs(self.pid, self.born)
        )

    def sentence(self, now: datetime | None = None) -> str:
        """Say who holds it, for what and for how long."""
        message = f' "{self.message}"' if self.message else ""
        process = f", process {self.pid}" if self.pid else ""
        return f"{self.owner} ({self.what}{process}) for {self.age(now)}{message}"

    def age(self, now: datetime | None = None) -> str:
        """Return its age by this machine's clock, in whole units."""
        try:
            since = datetime.fromisoformat(self.since)
        except ValueError:
            return "an unknown time"
        seconds = int(((now or datetime.now(UTC)) - since).total_seconds())
        for length, unit in _UNITS:
            if seconds >= length:
                return f"{seconds // length} {unit}"
        return f"{max(seconds, 0)} s"

    def shown(self) -> dict[str, Any]:
        """Return it for programs."""
        keys = ("owner", "what", "message", "since", "pid")
        return {**{key: getattr(self, key) for key in keys}, "left_behind": self.left_behind}
