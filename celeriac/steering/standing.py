"""What the playbooks are told of the units that they start, restart or stop."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from celeriac.derive import names
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey
from celeriac.fleet.units import Unit
from celeriac.release import control


class Refused(Exception):
    """Nothing is changed; the message says why and what to do."""


def by_host(fleet: Fleet, survey: Survey, units: Sequence[Unit]) -> dict[str, dict[str, Any]]:
    """Return each host of the units to its release and units, as `celeriac_units` takes them.

    The release is the one that runs of them, else the one to which the host's ``current`` points.
    Raises `Refused` where the host has none, or runs several.
    """
    found: dict[str, dict[str, Any]] = {}
    for host in dict.fromkeys(unit.host for unit in units):
        here = [unit for unit in units if unit.host == host]
        found[host] = {
            "release": _release(host, survey, here),
            "units": _with_files(fleet.processes(host), {unit.unit for unit in here}),
        }
    return found


def stops(
    fleet: Fleet, survey: Survey, hosts: Iterable[str], pools: Sequence[str], units: Sequence[Unit]
) -> dict[str, dict[str, Any]]:
    """Return each host to the units of the pools there, running or not, and the release that is current."""
    processes = {names.pool_process(pool) for pool in pools}
    found = {}
    for host in hosts:
        answer = survey.answers[host].said
        here = {unit.unit for unit in units if unit.host == host and unit.process in processes}
        found[host] = {
            "release": (answer and answer["release"]) or "none",
            "units": [{"name": name, "files": []} for name in sorted(here)],
        }
    return found


def marks(application: str, what: str, pools: Iterable[str]) -> list[str]:
    """Return the files that say that pools are ``paused`` or ``drained`` on a host."""
    return [
        f"{names.state(application)}/{what}/{names.pool_mark(application, pool)}" for pool in pools
    ]


def note(message: str) -> str:
    """Return what such a file says: who, since when and why."""
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"who": control.owner(), "since": since, "message": message}) + "\n"


def _release(host: str, survey: Survey, units: Sequence[Unit]) -> str:
    running = {
        unit.release for unit in units if unit.wanted and unit.release and unit.state == "ready"
    }
    if len(running) > 1:
        each = " and ".join(sorted(str(release) for release in running))
        raise Refused(f"{host} runs {each}: a deploy was cut off. Deploy again, or roll back.")
    answer = survey.answers[host].said
    release = next(iter(running), None) or (answer and answer["release"])
    if not release:
        raise Refused(f"Nothing was deployed to {host} yet. Deploy first.")
    return str(release)


def _with_files(processes: Sequence[Mapping[str, Any]], units: set[str]) -> list[dict[str, Any]]:
    # The files are of interest to a deploy alone: here nothing was written.
    return [{"name": each["unit"], "files": []} for each in processes if each["unit"] in units]
