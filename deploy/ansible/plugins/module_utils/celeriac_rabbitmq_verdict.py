"""Whether a deploy may go on with a cluster as it is; pure functions that answer with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.celeriac_rabbitmq_cluster import FLAG, Cluster, some, why_not_removed

# By the name of a node of the inventory: what `rabbitmq_node` said of it, and its ``host``.
Seen = Mapping[str, Mapping[str, Any]]

PAIR = 2
DATA = "below /var/lib/rabbitmq/mnesia"
STATES = {
    "stopped": "it is stopped",
    "silent": "its service runs and does not answer: it starts, or has paused because it sees too few others",
    "away": "its host was left out",
    "running": "its own node says otherwise",
}


def refused(cluster: Cluster, nodes: Seen, *, stop_removed: bool) -> list[str]:
    """What no flag can make right: messages would be lost, or the cluster split."""
    return [
        *_strangers(cluster, nodes),
        *_removals(cluster, nodes, stop_removed),
        *_cannot_roll(cluster, nodes),
    ]


def degraded(cluster: Cluster, nodes: Seen, old_queues: list[str] | None) -> list[str]:
    """Why the cluster is not whole. A node that a deploy itself stopped, or one that was
    installed anew, is not missing: the deploy is about to bring it back.

    ``old_queues`` are those too old for the feature flag; None where it is enabled.
    """
    found = [
        f"{node} does not run ({STATES[seen['state']]})"
        for node, seen in nodes.items()
        if node in cluster.members - cluster.running
        and seen["state"] != "fresh"
        and not seen.get("interrupted")
    ]
    found += [*cluster.partitions, *cluster.alarms]
    if without := [queue.title for queue in cluster.quorum_queues() if not queue.has_quorum()]:
        found.append(f"too few members run of the queues {some(without)}")
    if old_queues is not None:
        found.append(_flag(old_queues))
    return found


def replaced(cluster: Cluster, nodes: Seen) -> list[str]:
    """Members whose host was installed anew: what they held is gone."""
    absent = cluster.members - cluster.running
    return [node for node, seen in nodes.items() if seen["state"] == "fresh" and node in absent]


def forgotten(cluster: Cluster, nodes: Seen) -> list[str]:
    """Nodes with the data of a time when they were members; the cluster has forgotten them."""
    return [
        node
        for node, seen in nodes.items()
        if seen["state"] == "stopped"
        and node not in cluster.members
        and set(seen["known"]) & cluster.members
    ]


def _strangers(cluster: Cluster, nodes: Seen) -> list[str]:
    found = []
    for node, seen in nodes.items():
        if node in cluster.members or node in forgotten(cluster, nodes):
            continue
        if seen["state"] in ("running", "silent"):
            found.append(
                f"{node} runs and is not in the cluster of the others. If it holds nothing that is needed, stop it "
                f"on {seen['host']} (systemctl stop rabbitmq-server), move its folder {DATA} away, and deploy again"
            )
        elif seen["state"] == "stopped":
            found.append(
                f"{node} holds the data of another broker. If that is not needed, move its folder {DATA} "
                f"on {seen['host']} away, and deploy again"
            )
    return found


def _removals(cluster: Cluster, nodes: Seen, stop: bool) -> list[str]:
    """Why nodes that left the inventory cannot leave the cluster yet."""
    gone = cluster.members - nodes.keys()
    found = []
    for node in sorted(gone):
        host = node.partition("@")[2]
        if node in cluster.running and not stop:
            # Of two, the other one would pause at once.
            by_hand = (
                f"stop it on {host} (systemctl disable --now rabbitmq-server) and deploy again, or "
                if len(cluster.members) > PAIR
                else ""
            )
            found.append(
                f"{node} is not in the inventory and runs. To remove it, {by_hand}let the deploy stop it "
                "(`make deploy STOP_REMOVED_BROKERS=1`); to keep it, put it back"
            )
        elif reasons := why_not_removed(cluster, node):
            found.append(
                f"{node} is not in the inventory, and without it messages would be lost: {some(reasons)}. "
                f"Start it (on {host}: systemctl start rabbitmq-server), then move or empty these queues"
            )
    for node in replaced(cluster, nodes):
        if reasons := why_not_removed(cluster, node):
            found.append(
                f"{node} was installed anew, and the cluster still counts on what it held: {some(reasons)}. Bring the "
                "other nodes back first. If what it held is lost for good, have the cluster forget it, on a node that "
                f"runs: rabbitmqctl forget_cluster_node {node}"
            )
    return found


def _cannot_roll(cluster: Cluster, nodes: Seen) -> list[str]:
    found = {what for seen in nodes.values() for what in seen.get("cannot_roll", [])}
    if len(cluster.members) == 1:
        return []
    return [
        f"A cluster cannot change {what} on one node after the other: those with the old and the new do not hear each "
        "other. Stop all (systemctl stop rabbitmq-server on each host) and deploy again, which starts them together"
        for what in sorted(found)
    ]


def _flag(old_queues: list[str]) -> str:
    upgrade = (
        f"first restart one node after the other, which brings these queues up to date: {some(old_queues)}; then run"
        if old_queues
        else "run"
    )
    return (
        f"the feature flag {FLAG} is not enabled, as after an upgrade: {upgrade} rabbitmqctl enable_feature_flag "
        f"{FLAG}. Too early, it loses confirmed messages (rabbitmq-server issue 17504)"
    )
