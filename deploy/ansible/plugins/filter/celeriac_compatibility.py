"""Filters for the comparison of a release's tasks with those of the releases that run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ansible.errors import AnsibleFilterError

from celeriac.release import steps
from celeriac.release.compatibility import (
    Asked,
    Manifest,
    Running,
    judge,
    removes,
    unknown_elsewhere,
)

# Seconds for the application to say which tasks wait in its database.
TIMEOUT = 120
NO_MANIFEST = (
    "The release is not on the hosts yet, or has no tasks.json: its tasks were not compared."
)


def seen(
    hosts: list[str], hostvars: Mapping[str, Any]
) -> tuple[Manifest | None, dict[str, Running]]:
    """Put together what `celeriac_manifests` found on each host: the new manifest, and the others."""
    new, manifests, places = None, {}, {}
    for host in hosts:
        found = hostvars[host]["__release_compatibility_found"]
        new = new or found["manifest"]
        for release, manifest in found["running"].items():
            manifests[release] = manifests.get(release) or manifest
            places[release] = (*places.get(release, ()), host)
    running = {name: Running(manifests[name], hosts) for name, hosts in places.items()}
    return new, running


def manifest_seen(hosts: list[str], hostvars: Mapping[str, Any]) -> Manifest | None:
    """The manifest of the release that is to run; None where no host has it."""
    return seen(hosts, hostvars)[0]


def asks(hosts: list[str], hostvars: Mapping[str, Any]) -> bool:
    """Whether it matters what waits."""
    new, running = seen(hosts, hostvars)
    return new is not None and removes(new, running)


def running_release(host: str, hostvars: Mapping[str, Any], otherwise: str) -> str:
    """The newest release that runs on a host, or ``otherwise`` where none does: it is new then."""
    return max(hostvars[host]["__release_compatibility_found"]["running"], default=otherwise)


def management(document: dict[str, Any], variables: Mapping[str, Any]) -> dict[str, str]:
    """Where the broker's management API is, and who may ask it, for the host with ``variables``."""
    secrets, external = variables["celeriac_secrets"]["environment"], document["external"]
    if "broker" in external:
        return {
            "url": external["broker"]["management"],
            "ca": external["broker"]["ca"] or "",
            "username": external["broker"]["user"],
            "password": secrets["broker_password"],
        }
    return {
        "url": f"http://127.0.0.1:{variables.get('rabbitmq_management_port', 15672)}",
        "ca": "",
        "username": variables.get("rabbitmq_administrator", "admin"),
        "password": secrets["rabbitmq_admin_password"],
    }


def command(document: dict[str, Any], release: str) -> list[str]:
    """The words that run `manage.py tasks_in_use` on the host of the steps, as a step runs."""
    properties = [*steps.properties(document, release), f"RuntimeMaxSec={TIMEOUT}"]
    return [
        "systemd-run",
        f"--unit=tasks-in-use-{document['application']}",
        *("--wait", "--pipe", "--collect", "--quiet", "--service-type=exec"),
        "--expand-environment=no",
        *(f"--property={line}" for line in properties),
        "--",
        *steps.launcher(document, release),
        *document["build"]["manage"],
        *("tasks_in_use", "--json"),
    ]


def verdict(
    hosts: list[str],
    hostvars: Mapping[str, Any],
    said: str,
    queues: Mapping[str, int],
    document: Mapping[str, Any],
) -> dict[str, list[str]]:
    """The sentences `refused` and `accepted`; ``said`` is the command's output, empty if not asked."""
    new, running = seen(hosts, hostvars)
    if new is None:
        return {"refused": [], "accepted": [NO_MANIFEST] if running else []}
    asked = _asked(said, queues) if said else None
    found = asdict(judge(new, running, asked, document["queue_tasks"]))
    for kind, sentences in _unknown_to_others(new, hosts, hostvars, document).items():
        found[kind] += sentences
    return found


def _unknown_to_others(
    new: Manifest, hosts: list[str], hostvars: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, list[str]]:
    """What a canary would send and workers elsewhere not know; only a warning if it is of workers alone."""
    only = document["only"]
    if only is None:
        return {}
    kinds, consumed = set(), {}
    for host, placed in document["hosts"].items():
        workers = [one for one in placed["processes"] if one["kind"] == "worker"]
        if host in only:
            kinds |= {one["kind"] for one in placed["processes"]}
        else:
            consumed[host] = {queue for one in workers for queue in one["proof"]["queues"]}
    there = {host: hostvars[host]["__release_compatibility_found"]["running"] for host in hosts}
    sentences = unknown_elsewhere(new, there, consumed)
    return {"refused" if kinds & {"web", "beat"} else "accepted": sentences}


def _asked(said: str, queues: Mapping[str, int]) -> Asked:
    # The application's own code may print, too; the command's line is the last.
    try:
        found = json.loads(said.strip().splitlines()[-1])
        return Asked(found, found["unreadable"], queues)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise AnsibleFilterError(
            f"manage.py tasks_in_use said nothing that can be read: {said.strip()[-500:]}"
        ) from error


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_asks_for_tasks": asks,
            "celeriac_manifest_seen": manifest_seen,
            "celeriac_management": management,
            "celeriac_running_release": running_release,
            "celeriac_tasks_in_use": command,
            "celeriac_task_verdict": verdict,
        }
