"""The broker's nodes as a client and as their operator see them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from demo.main_job import wait
from deploy.lab import faults
from deploy.lab.inventory import Lab

ADMINISTRATOR = "admin"
PORT = 5671
QUEUE, VHOST = "lasting", "broker-test"


def node(host: str) -> str:
    return f"rabbit@{host}"


@dataclass(frozen=True)
class Brokers:
    """The nodes on these hosts; ``authority`` is the certificate (PEM) of who issued theirs."""

    lab: Lab
    hosts: list[str]
    password: str
    authority: str

    def control(self, host: str, *arguments: str) -> Any:
        """What ``rabbitmqctl`` on a host answers as JSON."""
        command = ["rabbitmqctl", "--silent", "--formatter", "json", *arguments]
        return json.loads(faults.run(self.lab, host, *command))

    def status(self, host: str) -> dict[str, Any]:
        found: dict[str, Any] = self.control(host, "cluster_status")
        return found

    def queues(self, host: str, vhost: str) -> list[dict[str, Any]]:
        """Name, leader, members and members that run, of each queue."""
        columns = ("name", "leader", "members", "online")
        found: list[dict[str, Any]] = self.control(host, "list_queues", "-p", vhost, *columns)
        return found

    def address(self, host: str) -> str:
        return str(self.lab.host(host).address)

    def trust(self) -> ssl.SSLContext:
        """What a client needs to know its broker."""
        return ssl.create_default_context(cadata=self.authority)

    @contextmanager
    def channel(self, host: str, vhost: str = VHOST) -> Iterator[BlockingChannel]:
        """With publisher confirms, as the administrator."""
        address = self.address(host)
        parameters = pika.ConnectionParameters(
            address,
            PORT,
            vhost,
            pika.PlainCredentials(ADMINISTRATOR, self.password),
            ssl_options=pika.SSLOptions(self.trust(), address),
            socket_timeout=5,
            blocked_connection_timeout=10,
        )
        connection = pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            if connection.is_open:
                connection.close()

    def replicated(self) -> list[dict[str, Any]]:
        """The quorum queues of all virtual hosts."""
        first = self.hosts[0]
        vhosts = self.control(first, "list_vhosts", "name")
        queues = [queue for one in vhosts for queue in self.queues(first, one["name"])]
        return [queue for queue in queues if queue["members"]]

    def is_whole(self) -> bool:
        """Whether each node sees all others, every queue's members run, and leaders are spread."""
        expected = {node(one) for one in self.hosts}
        if any(set(self.status(host)["running_nodes"]) != expected for host in self.hosts):
            return False
        queues = self.replicated()
        leaders = [queue["leader"] for queue in queues]
        share = -(-len(queues) // len(self.hosts))
        return all(
            set(queue["members"]) == set(queue["online"]) == expected for queue in queues
        ) and all(leaders.count(one) <= share for one in expected)

    def wait_until_whole(self, within: float = 120) -> None:
        """For tests that disturbed it; leaders are evened out a quarter of a minute later."""

        def whole() -> bool | None:
            try:
                return self.is_whole() or None
            except RuntimeError:  # rabbitmqctl while the node starts
                return None

        wait(whole, within, "all nodes of the broker, with their share of the leaders")
