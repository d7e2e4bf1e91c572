"""Answers of RabbitMQ's management API, shortened, and what hosts say of their nodes."""

from __future__ import annotations

from typing import Any

from tests.unit.modules import loading  # noqa: F401 (makes the next import find it)

from ansible.module_utils.celeriac_rabbitmq_cluster import Cluster, parse  # isort: skip

A, B, C, D = (f"rabbit@broker{number}" for number in (1, 2, 3, 4))


def nodes(*running: str, stopped: tuple[str, ...] = (), **told: Any) -> list[dict[str, Any]]:
    """Answer of ``/api/nodes``; ``told`` is said of the first."""
    found = [{"name": name, "running": True, "partitions": []} for name in running]
    found[0] |= told
    return found + [{"name": name, "running": False} for name in stopped]


def queue(members: tuple[str, ...] = (A, B, C), **changed: Any) -> dict[str, Any]:
    """An entry of ``/api/queues``: a quorum queue that is led by its first member."""
    return {
        "vhost": "shop",
        "name": "mail",
        "type": "quorum",
        "durable": True,
        "exclusive": False,
        "auto_delete": False,
        "node": members[0],
        "leader": members[0],
        "members": list(members),
        "online": list(members),
    } | changed


def cluster(*queues: dict[str, Any], of: list[dict[str, Any]] | None = None) -> Cluster:
    return parse(of or nodes(A, B, C), list(queues))


def seen(**states: str | dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the hosts say, by host: the state alone, or with more."""
    found = {}
    for host, said in states.items():
        told = {"state": said} if isinstance(said, str) else said
        found[f"rabbit@{host}"] = {"host": host, "known": [], "cannot_roll": [], **told}
    return found
