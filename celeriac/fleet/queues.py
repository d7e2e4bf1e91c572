"""The queues of an application: what `celeriac queues` shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celeriac.fleet import broker
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey
from celeriac.fleet.text import table

_HEADER = ("QUEUE", "TYPE", "READY", "UNACKED", "CONSUMERS", "LEADER", "ONLINE", "STATE")
_NUMBERS = ("READY", "UNACKED", "CONSUMERS")
_LEAST = ("TYPE", "LEADER", "ONLINE")


def view(fleet: Fleet, survey: Survey) -> dict[str, Any]:
    """Return what `--json` prints; docs/commands.md describes it."""
    return {
        "application": fleet.application,
        "environment": fleet.place.name,
        "vhost": fleet.document["broker"]["vhost"],
        **broker.view(fleet, survey),
    }


def missing(found: Mapping[str, Any]) -> bool:
    """Whether a queue that should be there is not."""
    return any(queue["state"] == "missing" for queue in found["queues"] or [])


def lines(found: Mapping[str, Any]) -> list[str]:
    """Return the text for people."""
    rows = [
        (
            queue["name"],
            queue["type"],
            queue["ready"],
            queue["unacknowledged"],
            queue["consumers"],
            queue["leader"],
            _online(queue),
            queue["state"],
        )
        for queue in found["queues"]
    ]
    sums = [f"delayed: {found['delayed']}"]
    if found["dead_letters"] is not None:
        sums.insert(0, f"dead letters: {found['dead_letters']}")
    return [*table(_HEADER, rows, _NUMBERS, _LEAST), "", ", ".join(sums)]


def _online(queue: Mapping[str, Any]) -> str | None:
    return f"{len(queue['online'])} of {len(queue['members'])}" if queue["members"] else None
