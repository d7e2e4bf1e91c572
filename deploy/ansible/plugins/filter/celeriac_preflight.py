"""Filters for the gates of a deploy: what was asked goes to the kit's pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from celeriac.derive import capacity
from celeriac.release import order, preflight

HostVars = Mapping[str, Mapping[str, Any]]


def standing(hosts: list[str], hostvars: HostVars) -> dict[str, dict[str, Any] | None]:
    """What each host said of itself when the deploy began; None for one that did not answer."""
    found = {host: hostvars[host].get("release_preflight_standing") or {} for host in hosts}
    return {host: dict(said) if "clock" in said else None for host, said in found.items()}


def verdict(
    document: Mapping[str, Any],
    hosts: list[str],
    hostvars: HostVars,
    shared: Mapping[str, Any],
    database: str,
    brokers: list[str],
    build: str,
    typed: str = "-e ENV",
) -> dict[str, Any]:
    """All that is wrong. ``database`` is the host where it was asked, ``brokers`` those of our own.

    ``build`` is the host where releases are built, ``typed`` are the options that lead another
    command here.
    """
    said = standing(hosts, hostvars)
    certificates = {
        host: hostvars[host].get("__release_preflight_certificates", {}).get("certificates", [])
        for host in hosts
    }
    placed = {host: document["hosts"][host] for host in document["release_hosts"] if host in said}
    asked = preflight.Asked(
        said,
        certificates,
        _database(document, database, hostvars) if database in said else None,
        _broker([host for host in brokers if host in said], hostvars),
        preflight.empty_credentials(placed, shared),
        build,
        typed,
    )
    return preflight.judge(order.meant(document, said), asked, document["release_hosts"])


def _database(document: Mapping[str, Any], host: str, hostvars: HostVars) -> dict[str, Any] | None:
    """What it said; None where it was not asked: check mode may find nothing installed."""
    answer = hostvars[host].get("__release_preflight_database")
    if not answer:
        return None
    place = {"host": host, "external": "database" in document["external"]}
    if rows := answer.get("query_result"):
        return {**place, **rows[0]}
    words = str(answer.get("msg") or "").strip().splitlines()
    return {**place, "error": words[-1] if words else "it gave no reason"}


def _broker(hosts: list[str], hostvars: HostVars) -> dict[str, Any] | None:
    """What `rabbitmq_examine` said on the node that was asked for all, or that none answered."""
    looked = [host for host in hosts if hostvars[host].get("__rabbitmq_now")]
    if not looked:
        return None
    said = {host: hostvars[host]["__rabbitmq_now"] for host in looked}
    asked = next((host for host, one in said.items() if not one.get("skipped")), None)
    if asked is None:
        what = "no node of the cluster answers"
        return {"host": ", ".join(hosts), "error": what, "silent": True}
    if "running" in said[asked]:
        return None
    return {"host": asked, "error": str(said[asked].get("msg") or "it was not examined")}


def drains(hosts: list[str], hostvars: HostVars, entries: list[Any], release: str) -> list[str]:
    found = standing(hosts, hostvars)
    instances = {host: said["instances"] for host, said in found.items() if said}
    return order.drains(instances, entries, release)


def not_running(
    document: Mapping[str, Any], hosts: list[str], hostvars: HostVars, release: str
) -> list[str]:
    said = {host: hostvars[host]["release_preflight_after"] for host in hosts}
    found = {host: each["instances"] for host, each in said.items()}
    return order.not_running(order.meant(document, said), release, found)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_before": order.before,
            "celeriac_drains": drains,
            "celeriac_not_running": not_running,
            "celeriac_preflight": verdict,
            "celeriac_task_problems": order.problems_of_tasks,
            "celeriac_too_few_connections": lambda needed, accepted: capacity.too_few_connections(
                int(needed), int(accepted)
            ),
        }
