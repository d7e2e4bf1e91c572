"""Filters that put together what the hosts of a RabbitMQ cluster said of their nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

HostVars = Mapping[str, Mapping[str, Any]]
Seen = dict[str, dict[str, Any]]

STOPPED = "stopped"


def node(host: str) -> str:
    """RabbitMQ calls a node after the short name of its host."""
    return f"rabbit@{host.partition('.')[0]}"


def seen(hosts: list[str], hostvars: HostVars, check_mode: bool = False) -> Seen:
    """By the name of each node, what `rabbitmq_node` said of it; it is ``away`` if it was not asked.

    A node that did not know the password has been given it, but for check mode.
    """
    found = {}
    for host in hosts:
        look = dict(hostvars[host].get("__rabbitmq_look") or {})
        state = look.get("state", "away")
        if state == "locked":
            state = "silent" if check_mode else "running"
        found[node(host)] = {**look, "host": host, "state": state}
    return found


def speaker(nodes: Seen) -> str:
    """The host whose node is asked for the whole cluster; empty if none answers."""
    return next((one["host"] for one in nodes.values() if one["state"] == "running"), "")


def running(hosts: list[str], hostvars: HostVars) -> list[str]:
    """The nodes that run by now: those that ran at first, and those started since."""
    nodes = seen(hosts, hostvars)
    first = speaker(nodes)
    at_first = hostvars[first]["__rabbitmq_cluster"]["running"] if first else []
    return [
        name
        for name, one in nodes.items()
        if name in at_first
        or (not first and one["state"] == STOPPED)  # those were started all at once
        or hostvars[one["host"]].get("__rabbitmq_started")
    ]


def problems(nodes: Seen, own: str) -> list[str]:
    """What keeps the deploy from touching the node ``own``, each with its remedy."""
    me = nodes[own]
    found = [
        f"RabbitMQ finds its nodes by name alone, and {one}. Correct /etc/hosts or the DNS."
        for one in me.get("names", [])
    ]
    others = {one["host"]: one["state"] for name, one in nodes.items() if name != own}
    if speaker(nodes) or STOPPED in {me["state"], *others.values()}:
        return found
    if me["state"] == "silent" and not me.get("interrupted"):
        others |= dict.fromkeys(set(me.get("known", [])) - nodes.keys(), "not in the inventory")
        found.append(
            "No node of the cluster answers. This one's service runs: it has paused because it sees too few of "
            f"the others ({_told(others)}), or it does not get on with starting. Bring those back first; "
            "docs/broker.md tells how. Here: journalctl -u rabbitmq-server"
        )
    elif unknown := {host: state for host, state in others.items() if state != "fresh"}:
        found.append(
            f"This node is new, and whether there is a cluster to join is known by {_told(unknown)} alone. "
            "Bring that back first, or take it out of the inventory if it is gone for good."
        )
    return found


def to_start(hosts: list[str], hostvars: HostVars) -> list[str]:
    """The hosts with something to start or restart, and those that were not looked at."""
    needs = {host: hostvars[host].get("__rabbitmq_needs") for host in hosts if host in hostvars}
    return [
        host
        for host in hosts
        if not (found := needs.get(host)) or found.get("started") or found.get("restarted")
    ]


def to_set_up(hosts: list[str], hostvars: HostVars) -> list[str]:
    """All of the hosts, or none where the cluster was whole, had all objects and nothing was started since."""
    known = [hostvars[host] for host in hosts if host in hostvars]
    # One of them was asked for all.
    asked = [one for one in known if "settled" in (one.get("__rabbitmq_cluster") or {})]
    settled = bool(asked) and all(
        one["__rabbitmq_cluster"]["settled"] and one["__rabbitmq_plan"].get("changes") == []
        for one in asked
    )
    return [] if settled and not any("__rabbitmq_started" in one for one in known) else hosts


def _told(states: Mapping[str, str]) -> str:
    return ", ".join(f"{host} is {state}" for host, state in states.items()) or "there is none"


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_rabbitmq_node": node,
            "celeriac_rabbitmq_problems": problems,
            "celeriac_rabbitmq_running": running,
            "celeriac_rabbitmq_seen": seen,
            "celeriac_rabbitmq_speaker": speaker,
            "celeriac_rabbitmq_to_set_up": to_set_up,
            "celeriac_rabbitmq_to_start": to_start,
        }
