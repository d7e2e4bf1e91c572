"""A RabbitMQ cluster as one of its nodes sees it; what is wrong with it and what it lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

from ansible.module_utils.celeriac_rabbitmq import Management, segment

ALARMS = {"mem_alarm": "memory", "disk_free_alarm": "free disk"}
# The first version of a quorum queue's state machine that knows the commands of this flag.
FLAG, FLAG_MACHINE = "rabbitmq_4.0.0", 4


@dataclass(frozen=True)
class Queue:
    """One queue; ``members`` and ``online`` are empty unless it is replicated."""

    vhost: str
    name: str
    kind: str
    node: str
    leader: str
    members: frozenset[str]
    online: frozenset[str]
    kept: bool
    """Whether it survives its node's restart, and nobody's connection owns it."""

    @property
    def path(self) -> str:
        return f"{segment(self.vhost)}/{segment(self.name)}"

    @property
    def title(self) -> str:
        return f"{self.name} in {self.vhost}"

    def has_quorum(self) -> bool:
        return 2 * len(self.online & self.members) > len(self.members)


@dataclass(frozen=True)
class Cluster:
    members: frozenset[str]
    running: frozenset[str]
    alarms: tuple[str, ...]
    partitions: tuple[str, ...]
    queues: tuple[Queue, ...]

    def quorum_queues(self) -> list[Queue]:
        return [queue for queue in self.queues if queue.kind == "quorum"]


def read(broker: Management) -> Cluster:
    """Ask the management API; raises `BrokerError`."""
    # Without statistics the answers are those of this moment, not of five seconds ago.
    return parse(
        broker.get("nodes"), broker.get("queues?disable_stats=true&enable_queue_totals=true")
    )


def parse(nodes: list[dict[str, Any]], queues: list[dict[str, Any]]) -> Cluster:
    """Build the picture from what ``/api/nodes`` and ``/api/queues`` answer."""
    return Cluster(
        members=frozenset(node["name"] for node in nodes),
        running=frozenset(node["name"] for node in nodes if node.get("running")),
        alarms=tuple(
            f"{node['name']} has an alarm for {what}: publishers wait"
            for node in nodes
            for alarm, what in ALARMS.items()
            if node.get(alarm)
        ),
        partitions=tuple(
            f"{node['name']} is cut off from {', '.join(sorted(node['partitions']))}"
            for node in nodes
            if node.get("partitions")
        ),
        queues=tuple(_queue(entry) for entry in queues),
    )


def _queue(entry: dict[str, Any]) -> Queue:
    return Queue(
        vhost=entry["vhost"],
        name=entry["name"],
        kind=entry.get("type", "classic"),
        node=entry.get("node") or "",
        leader=entry.get("leader") or "",
        members=frozenset(entry.get("members") or ()),
        online=frozenset(entry.get("online") or ()),
        kept=bool(entry.get("durable"))
        and not (entry.get("exclusive") or entry.get("auto_delete")),
    )


def some(names: Iterable[str], most: int = 5) -> str:
    """A list for a sentence, cut where it gets long."""
    found = sorted(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more


def why_not_removed(cluster: Cluster, node: str) -> list[str]:
    """Why the cluster would lose messages, or the use of a queue, without the node."""
    found = []
    for queue in cluster.queues:
        if queue.kind == "quorum":
            if node in queue.members and not _can_do_without(cluster, queue, node):
                found.append(f"the queue {queue.title} has too few other members that run")
        elif queue.kept and node in ({queue.node} | queue.members):
            found.append(f"the {queue.kind} queue {queue.title} is there and nowhere else")
    return found


def _can_do_without(cluster: Cluster, queue: Queue, node: str) -> bool:
    """Raft needs most members to agree that one leaves; then most of the rest have to run."""
    rest = queue.members - {node}
    if not rest:
        return node in cluster.running  # others get a copy before it leaves
    return queue.has_quorum() and 2 * len(queue.online & rest) > len(rest)


def dispensable(cluster: Cluster, node: str) -> bool:
    """Whether every quorum queue keeps most of its members while the node is away."""
    return all(
        2 * len((queue.online & queue.members) - {node}) > len(queue.members)
        for queue in cluster.quorum_queues()
    )


def lacking(cluster: Cluster, nodes: Iterable[str]) -> Iterator[tuple[Queue, str]]:
    """Each quorum queue with each of the nodes on which it has no member."""
    for queue in cluster.quorum_queues():
        for node in sorted(set(nodes) - queue.members):
            yield queue, node


def uneven(cluster: Cluster) -> bool:
    """Whether ``rebalance`` would move leaders.

    It evens out until no node leads more than its share, rounded up (rabbit_amqqueue:rebalance/3).
    """
    queues = [queue for queue in cluster.quorum_queues() if queue.leader in cluster.running]
    if not queues:
        return False
    share = ceil(len(queues) / len(cluster.running))
    return max(Counter(queue.leader for queue in queues).values()) > share


def old_machines(broker: Management, cluster: Cluster) -> list[str] | None:
    """Quorum queues too old for the feature flag of RabbitMQ 4.0; None where it is enabled.

    Enabling it while there are any loses confirmed messages (rabbitmq-server issue 17504).
    """
    states = {flag["name"]: flag["state"] for flag in broker.get("feature-flags")}
    if states.get(FLAG, "enabled") == "enabled":
        return None
    return [
        queue.title
        for queue in cluster.quorum_queues()
        if any(
            member.get("Machine Version", 0) < FLAG_MACHINE
            for member in broker.get(f"queues/quorum/{queue.path}/status") or [{}]
        )
    ]
