"""How much memory the processes of a release take while those of the one before still run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from celeriac.release.order import RUNNING

# A new process is taken to need what the running one holds and a quarter more, at most its limit.
_GROWTH = 1.25


def needed(
    document: Mapping[str, Any], host: str, instances: Mapping[str, Mapping[str, Any]]
) -> int:
    """Return the bytes that a release's units on a host need beside what runs there now.

    A unit that runs nowhere yet counts with its limit: nobody knows more. One that already runs
    the release counts nothing, and one that is stopped before the new one starts with its growth.
    """
    release = (document["build"]["expected"] or {}).get("release")
    return sum(
        _unit(document, process, release, instances)
        for process in document["hosts"].get(host, {"processes": []})["processes"]
        if process["kind"] != "step"
    )


def _unit(
    document: Mapping[str, Any],
    process: Mapping[str, Any],
    release: str | None,
    instances: Mapping[str, Mapping[str, Any]],
) -> int:
    running = dict(_of(process["unit"], instances))
    if release in running:
        return 0
    limit: int = process["memory"]
    held = [memory if memory is not None else limit for memory in running.values()]
    if not held:
        return limit
    need = min(limit, int(max(held) * _GROWTH))
    overlaps = document["beat_overlaps"] if process["kind"] == "beat" else process.get("overlap")
    return max(0, need - max(held)) if overlaps is False else need


def _of(unit: str, instances: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, int | None]]:
    """Yield the releases of a unit that run, with what they hold; those that finish are left out."""
    for name, found in instances.items():
        own, _, release = name.removesuffix(".service").partition("@")
        if own == unit and found["state"] in RUNNING:
            yield release, found["memory"]
