"""The workers of a fleet: what `celeriac workers` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celeriac.fleet import broker, units
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey
from celeriac.fleet.text import iso, memory, plain, table
from celeriac.fleet.units import Unit

_HEADER = (
    "POOL",
    "HOST",
    "SLOT",
    "RELEASE",
    "STATE",
    "PID",
    "CHILDREN",
    "MEMORY",
    "TASKS",
    "SINCE (UTC)",
)
_NUMBERS = ("SLOT", "PID", "CHILDREN", "MEMORY", "TASKS")
_LEAST = ("SINCE (UTC)", "PID", "CHILDREN", "MEMORY", "RELEASE")


def view(fleet: Fleet, survey: Survey) -> list[dict[str, Any]]:
    """Return what `--json` prints, sorted by pool, host and slot; docs/commands.md describes it.

    ``tasks`` are the messages that a worker was given and has not acknowledged: those that run,
    and those it has fetched ahead. The broker knows a worker by its connection's address; None
    where it does not know it.
    """
    held = broker.held(survey, fleet.document["broker"]["vhost"])
    found = [unit for unit in units.of_fleet(fleet, survey.answers) if unit.kind == "worker"]
    rows = [_worker(unit, held) for unit in found]
    return sorted(rows, key=lambda row: (row["pool"], row["host"], row["slot"], not row["wanted"]))


def all_run(workers: list[dict[str, Any]]) -> bool:
    return all(row["state"] == "ready" for row in workers if row["wanted"])


def lines(workers: list[dict[str, Any]]) -> list[str]:
    """Return the text for people."""
    rows = [
        (
            row["pool"],
            row["host"],
            row["slot"],
            row["release"],
            row["state"],
            row["pid"],
            row["children"],
            memory(row["memory"], row["memory_limit"]),
            row["tasks"],
            plain(row["since"]),
        )
        for row in workers
    ]
    return table(_HEADER, rows, numbers=_NUMBERS, least=_LEAST)


def _worker(unit: Unit, held: Mapping[str, int]) -> dict[str, Any]:
    known = [held[end] for end in unit.endpoints if end in held]
    return {
        "pool": unit.process.removeprefix("pool-"),
        "host": unit.host,
        "slot": int(unit.unit.rpartition("-")[2]),
        "unit": unit.unit,
        "release": unit.release,
        "state": unit.state,
        "wanted": unit.wanted,
        "pid": unit.pid,
        "children": unit.children,
        "memory": unit.memory,
        "memory_limit": unit.memory_limit,
        "tasks": sum(known) if known else None,
        "since": iso(unit.since),
    }
