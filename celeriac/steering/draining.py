"""Whether workers that were told to stop are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from celeriac.derive import names
from celeriac.fleet import units
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import survey

# Seconds for systemd to end what is over its time, and for us to see it.
MARGIN = 15


@dataclass(frozen=True)
class State:
    """Units (``host: unit``) that are not done, with a line about each; those that run again; hosts
    that did not answer, with the reason.
    """

    busy: dict[str, str]
    started: list[str]
    silent: dict[str, str]


def runs(fleet: Fleet, host: str, pools: Sequence[str]) -> bool:
    """Whether the inventory gives the host one of the pools."""
    return any(pool in fleet.inventory.pools(fleet.application).get(host, {}) for pool in pools)


def limit(fleet: Fleet, hosts: Sequence[str], pools: Sequence[str]) -> int | None:
    """Return the seconds after which systemd has ended them all; None if a pool has no time limit."""
    wanted = {names.pool_process(pool) for pool in pools}
    timeouts = [
        process["stop_timeout"]
        for host in hosts
        for process in fleet.processes(host)
        if process["name"] in wanted
    ]
    return None if None in timeouts else max(timeouts, default=0) + MARGIN


def look(fleet: Fleet, hosts: Sequence[str], pools: Sequence[str]) -> State:
    """Ask the hosts once. Older releases that still finish count as well."""
    found = survey(fleet, hosts)
    return judge(units.of_fleet(fleet, found.answers), pools, found.silent)


def judge(found: Sequence[units.Unit], pools: Sequence[str], silent: dict[str, str]) -> State:
    """Return how units stand that should all end."""
    wanted = {names.pool_process(pool) for pool in pools}
    own = [unit for unit in found if unit.process in wanted and unit.state != "unknown"]
    busy = {
        f"{unit.host}: {unit.name}": f"{unit.host}: {unit.name} {unit.note or unit.state}"
        for unit in own
        if not unit.wanted and unit.state in ("draining", "starting")
    }
    started = [f"{unit.host}: {unit.name}" for unit in own if unit.wanted and unit.pid]
    return State(busy, started, silent)
