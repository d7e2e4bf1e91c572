#!/usr/bin/python
"""Make the cluster consist of the inventory's nodes, each with a member of every queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management
from ansible.module_utils.celeriac_rabbitmq_cluster import (
    Cluster,
    Queue,
    dispensable,
    lacking,
    read,
    some,
    uneven,
    why_not_removed,
)

DOCUMENTATION = r"""
module: rabbitmq_settle
short_description: Gives every RabbitMQ node a member of every quorum queue, forgets nodes that left, evens out leaders
description:
  - Queues grow before they shrink, and a node is forgotten only when no queue has a member there any more.
  - Leaders are evened out only while all nodes run.
  - Runs C(rabbitmqctl) on this host for what the management API cannot do.
options:
  url: {description: Where the management API of this host's node is., type: str, required: true}
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
  nodes: {description: The nodes that should be there., type: list, elements: str, required: true}
  forget:
    description:
      - Nodes to forget even though they should be there, because their hosts were installed anew. Nothing else is
        done then.
    type: list
    elements: str
    default: []
  stop_removed: {description: Whether a node that left and runs is stopped., type: bool, default: false}
  timeout: {description: Seconds for new members to catch up., type: int, default: 120}
author: [Celeriac]
"""

RETURN = r"""
changes: {description: "What was, or in check mode would be, done.", type: list, elements: str, returned: always}
"""

PAIR = 2
REQUEST_SECONDS = 45  # RabbitMQ itself gives a change of members 20 to 30 s


class Settling:
    """What is done, in order; every method raises `BrokerError`."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.wanted = frozenset(self.params["nodes"])
        self.changes: list[str] = []
        self.broker = Management(
            self.params["url"],
            self.params["username"],
            self.params["password"],
            timeout=REQUEST_SECONDS,
        )

    def run(self) -> list[str]:
        if forget := self.params["forget"]:
            self.remove(lambda members: members & set(forget))
        else:
            self.grow(read(self.broker))
            self.remove(lambda members: members - self.wanted)
            self.even_out()
        return self.changes

    def change(self, summary: str) -> bool:
        """Note a change; whether it is to be made."""
        self.changes.append(summary)
        return not self.module.check_mode

    def grow(self, cluster: Cluster) -> None:
        # In check mode, nodes that will have joined count as there.
        there = self.wanted if self.module.check_mode else self.wanted & cluster.running
        todo = list(lacking(cluster, there))
        for node in sorted({node for _, node in todo}):
            queues = [queue for queue, target in todo if target == node]
            if self.change(f"add members of {len(queues)} queues on {node}"):
                for queue in queues:
                    self.broker.send(
                        "POST", f"queues/quorum/{queue.path}/replicas/add", {"node": node}
                    )
                self.until(
                    lambda q=queues, n=node: self.behind(q, n),
                    f"{node} has not caught up with the queues",
                )

    def behind(self, queues: list[Queue], node: str) -> list[str]:
        """Queues in which the member does not vote yet: it still receives what was there before."""
        return [queue.title for queue in queues if not self.votes(queue, node)]

    def votes(self, queue: Queue, node: str) -> bool:
        status = self.broker.get(f"queues/quorum/{queue.path}/status")
        if status is None:  # deleted meanwhile
            return True
        return any(
            member["Node Name"] == node and member.get("Membership") == "voter" for member in status
        )

    def remove(self, which: Callable[[frozenset[str]], frozenset[str]]) -> None:
        for node in sorted(which(read(self.broker).members)):
            cluster = read(self.broker)  # each that left changes what the next may
            if reasons := why_not_removed(cluster, node):
                raise BrokerError(
                    f"{node} was not removed, because messages would be lost: {some(reasons)}."
                )
            if node in cluster.running and not self.params["stop_removed"]:
                raise BrokerError(
                    f"{node} was not removed, because it runs again. Stop it and deploy again."
                )
            if self.change(f"remove {node} from the cluster"):
                if node in cluster.running and dispensable(cluster, node):
                    # Leaders and clients move before the members go: a publisher whose leader
                    # is removed may wait for its confirm for ever.
                    self.command("rabbitmq-upgrade", "-n", node, "drain")
                self.shrink(node)
                # Of two, the one that stays would pause on seeing itself alone.
                with self.never_pausing(len(cluster.members) == PAIR):
                    if node in cluster.running:
                        self.command("rabbitmqctl", "-n", node, "stop")
                    self.command("rabbitmqctl", "forget_cluster_node", node)

    @contextmanager
    def never_pausing(self, wanted: bool) -> Iterator[None]:
        setting = "application:set_env(rabbit, cluster_partition_handling, {})."
        if wanted:
            self.command("rabbitmqctl", "eval", setting.format("ignore"))
        try:
            yield
        finally:
            if wanted:
                self.command("rabbitmqctl", "eval", setting.format("pause_minority"))

    def shrink(self, node: str) -> None:
        for queue in read(self.broker).quorum_queues():
            if node in queue.members:
                self.broker.send(
                    "DELETE", f"queues/quorum/{queue.path}/replicas/delete", {"node": node}
                )
        self.until(lambda: self.left(node), f"{node} still has members of the queues")

    def left(self, node: str) -> list[str]:
        return [queue.title for queue in read(self.broker).quorum_queues() if node in queue.members]

    def even_out(self) -> None:
        cluster = read(self.broker)
        whole = cluster.members == cluster.running == self.wanted
        if whole and uneven(cluster) and self.change("even out the leaders of the queues"):
            self.broker.send("POST", "rebalance/queues", {})
            self.until(
                lambda: ["all"] if uneven(read(self.broker)) else [],
                "leaders did not move of the queues",
            )

    def until(self, remaining: Callable[[], list[str]], complaint: str) -> None:
        deadline = time.monotonic() + self.params["timeout"]
        while titles := remaining():
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"{complaint} {some(titles)} after {self.params['timeout']} s. Deploy again to go on."
                )
            time.sleep(0.3)

    def command(self, tool: str, *arguments: str) -> None:
        code, out, error = self.module.run_command([tool, "--silent", *arguments])
        if code != 0:
            raise BrokerError(f"{tool} {' '.join(arguments)} failed: {(error or out).strip()}")


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "nodes": {"type": "list", "elements": "str", "required": True},
            "forget": {"type": "list", "elements": "str", "default": []},
            "stop_removed": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    settling = Settling(module)
    try:
        changes = settling.run()
    except BrokerError as error:
        done = f" Before that: {'; '.join(settling.changes)}." if settling.changes else ""
        module.fail_json(msg=f"{error}{done}")
    module.exit_json(changed=bool(changes), changes=changes, diff=difference(changes))


def difference(changes: list[str]) -> dict[str, str]:
    return {"before": "", "after": "".join(f"{line}\n" for line in changes)}


if __name__ == "__main__":
    main()
