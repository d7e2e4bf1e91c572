"""What the broker says of an application: its queues, and what each of its clients holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from celeriac.derive import delayed, names
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey

# How RabbitMQ calls a channel: the client's end of the connection, its own, and a number.
_CHANNEL = re.compile(r"^\[?(?P<address>[^ ]+?)\]?:(?P<port>\d+) -> ")
_DELAYED = re.compile(rf"{re.escape(delayed.TOP.rpartition('_')[0])}_\d+")


def expected(fleet: Fleet) -> list[str]:
    """Return the queues that should be there, in the description's order."""
    return list(fleet.description.queues)


def view(fleet: Fleet, survey: Survey) -> dict[str, Any]:
    """Return the broker's view of the application.

    ``queues`` are its own; the kit's are sums: ``dead_letters``, None for a hosted application,
    and ``delayed``. All are None where no node answered; ``error`` then says why.
    """
    if survey.broker is None:
        nothing = {"queues": None, "dead_letters": None, "delayed": None}
        return {**nothing, "error": _error(fleet, survey)}
    rows = {row["name"]: row for row in survey.broker["queues"]}
    own = [name for name, row in rows.items() if _lasting(row) and not _of_the_kit(name)]
    order = [*expected(fleet), *sorted(set(own) - set(expected(fleet)))]
    letters = rows.get(names.DEAD_LETTERS)
    return {
        "queues": [_queue(name, rows.get(name)) for name in order],
        "dead_letters": _messages(letters) if letters else None,
        "delayed": sum(_messages(row) for name, row in rows.items() if _DELAYED.fullmatch(name)),
        "error": None,
    }


def cluster(survey: Survey) -> dict[str, Any] | None:
    """Return the broker's nodes and what is wrong with them, by the hosts' names."""
    if survey.broker is None:
        return None
    status = survey.broker["cluster"]
    members, running = (
        sorted({_host(node) for node in status[key]}) for key in ("disk_nodes", "running_nodes")
    )
    return {
        "nodes": members,
        "running": running,
        "alarms": sorted(_alarm(alarm) for alarm in status.get("alarms", [])),
        "partitioned": sorted(_host(node) for node in status.get("partitions", {})),
    }


def problems(cluster: Mapping[str, Any] | None) -> list[str]:
    """Return a sentence for each node that should run and does not, and for each alarm."""
    if cluster is None:
        return []
    away = [node for node in cluster["nodes"] if node not in cluster["running"]]
    return [
        *(f"{node}: the broker's node does not run" for node in away),
        *(f"{alarm}: publishers wait" for alarm in cluster["alarms"]),
        *(f"{node}: cut off from other nodes of the broker" for node in cluster["partitioned"]),
    ]


def held(survey: Survey, vhost: str) -> dict[str, int]:
    """Return how many messages each client holds, by its own end of the connection."""
    found: dict[str, int] = {}
    for channel in survey.broker["channels"] if survey.broker else []:
        match = _CHANNEL.match(channel["name"])
        if channel["vhost"] == vhost and match:
            client = f"{match['address']}:{match['port']}"
            messages = _count(channel["messages_unacknowledged"]) or 0
            found[client] = found.get(client, 0) + messages
    return found


def _error(fleet: Fleet, survey: Survey) -> str:
    if not fleet.brokers:
        return "the broker is an external service: ask its own management page"
    return "; ".join(f"{node}: {why}" for node, why in survey.refusals.items())


def _queue(name: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a queue's line; one that is not there has the state ``missing``."""
    row = row or {"state": "missing"}
    leader = row.get("leader") or None
    return {
        "name": name,
        "type": row.get("type"),
        "ready": _count(row.get("messages_ready")),
        "unacknowledged": _count(row.get("messages_unacknowledged")),
        "consumers": _count(row.get("consumers")),
        "leader": _host(leader) if leader else None,
        "members": _hosts(row.get("members")),
        "online": _hosts(row.get("online")),
        "state": row.get("state"),
    }


def _lasting(row: Mapping[str, Any]) -> bool:
    """Celery makes queues of its own, for one process each."""
    return bool(row["durable"]) and not row["exclusive"]


def _of_the_kit(name: str) -> bool:
    private = name == names.DEAD_LETTERS or name.startswith(names.CANARY)
    return private or _DELAYED.fullmatch(name) is not None


def _messages(row: Mapping[str, Any]) -> int:
    return (_count(row["messages_ready"]) or 0) + (_count(row["messages_unacknowledged"]) or 0)


def _count(value: Any) -> int | None:
    """A queue that is down has an empty text here."""
    return value if isinstance(value, int) else None


def _hosts(nodes: Any) -> list[str]:
    """A queue that is not replicated has an empty text here."""
    return sorted(_host(node) for node in nodes) if isinstance(nodes, list) else []


def _host(node: str) -> str:
    return node.partition("@")[2] or node


def _alarm(alarm: Mapping[str, Any]) -> str:
    what = {"disk": "free disk", "file_descriptors": "open files"}
    resource = str(alarm["resource"])
    return f"{_host(alarm['node'])}: alarm of the broker for {what.get(resource, resource)}"
