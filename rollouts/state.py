"""What is left by a command: asked with the commands a person would look with."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollouts.commands import Commands


@dataclass(frozen=True)
class State:
    """What status, releases, audit and lock say.

    `in_force` is what `releases` calls the current one, `running` what should run by `status`.
    `last` is the last line of the audit.
    """

    code: int
    in_force: str | None
    running: tuple[str, ...]
    last: dict[str, Any]
    locked: bool
    left_behind: bool
    problems: tuple[str, ...]  # of status
    unread: tuple[str, ...]  # commands that said nothing a program can read


def look(commands: Commands, file: Path, well_within: float = 0.0) -> State:
    """Ask all four; status again, for so many seconds, until it says that all runs."""
    deadline = time.monotonic() + well_within
    questions = (("status",), ("releases",), ("audit", "-n", "1"), ("lock", "show"))
    with ThreadPoolExecutor() as pool:  # each of them mostly waits for hosts
        answers = list(pool.map(lambda words: commands.ask(*words, file=file), questions))
    (code, status), (_, releases), (_, audit), (_, held) = answers
    while code and time.monotonic() < deadline:
        time.sleep(1)
        code, status = commands.ask("status", file=file)
    told = {"status": status, "releases": releases, "audit": audit, "lock show": held}
    lock = (held or {}).get("lock")
    return State(
        code=code,
        in_force=next((one["release"] for one in releases or [] if one["current"]), None),
        running=tuple((status or {}).get("releases", {})),
        last=(audit or [{}])[-1],
        locked=lock is not None,
        left_behind=bool(lock and lock["left_behind"]),
        problems=tuple((status or {}).get("problems", ())),
        unread=tuple(name for name, said in told.items() if said is None),
    )
