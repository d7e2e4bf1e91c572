"""Filters for the proof that a release's workers work, before the old ones are stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from celeriac.release import steps

# Seconds for all canaries of a deploy.
TIMEOUT = 60

Process = dict[str, Any]
HostVars = Mapping[str, Mapping[str, Any]]


def workers(
    processes: list[Process], units: list[dict[str, Any]], said: str
) -> list[dict[str, Any]]:
    """Return the units of a host's workers for `celeriac_units`, with the ids of their canaries.

    ``units`` as `celeriac_units` gives them; ``said`` is what the command below printed, empty
    where no canary was sent.
    """
    sent = _sent(said)
    by_unit = {process["unit"]: process for process in processes if process["kind"] == "worker"}
    return [
        {
            **unit,
            "overlap": by_unit[unit["name"]]["overlap"],
            "canary": sent.get(by_unit[unit["name"]]["proof"]["canary"], ""),
        }
        for unit in units
    ]


def canaries(
    hosts: list[str], hostvars: HostVars, document: dict[str, Any], release: str
) -> list[dict[str, str]]:
    """Return the canaries to send, for `celeriac.worker.canaries`: one to each worker that starts."""
    found = []
    for host in hosts:
        look = hostvars[host]["__celery_worker_look"]
        queues = {
            process["unit"]: process["proof"]["canary"]
            for process in document["hosts"][host]["processes"]
            if process["kind"] == "worker"
        }
        found += [
            {"queue": queues[one["unit"]], "release": release, "not_for": one["not_for"]}
            for one in look["starting"]
            if look["proves"] and queues[one["unit"]]
        ]
    return found


def command(document: dict[str, Any], release: str) -> list[str]:
    """The words that send canaries on the host of the steps, as a step of the release runs."""
    properties = [*steps.properties(document, release), f"RuntimeMaxSec={TIMEOUT}"]
    return [
        "systemd-run",
        f"--unit=canaries-{document['application']}",
        *("--wait", "--pipe", "--collect", "--quiet", "--service-type=exec"),
        "--expand-environment=no",
        *(f"--property={line}" for line in properties),
        "--",
        *steps.launcher(document, release),
        *("python", "-m", "celeriac.worker.canaries", document["build"]["celery"]),
    ]


def expected(processes: list[Process], release: str, paused: list[str]) -> dict[str, list[str]]:
    """Return the connections of a host's workers of a release, each with the queues it consumes.

    ``paused`` are units that a person has stopped.
    """
    return {
        f"{process['proof']['connection']}/{release}": process["proof"]["queues"]
        for process in processes
        if process["kind"] == "worker" and process["unit"] not in paused
    }


def _sent(said: str) -> dict[str, str]:
    # The application's own code may print, too; the command's line is the last.
    try:
        found: dict[str, str] = json.loads(said.strip().splitlines()[-1]) if said.strip() else {}
    except ValueError as error:
        raise AnsibleFilterError(
            f"celeriac.worker.canaries said nothing that can be read: {said.strip()[-500:]}"
        ) from error
    return found


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_canaries": canaries,
            "celeriac_canary_command": command,
            "celeriac_expected_consumers": expected,
            "celeriac_workers": workers,
        }
