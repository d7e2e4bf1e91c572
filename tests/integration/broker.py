"""The broker as its operator sees it, and pika as a client that knows nothing of Celery."""

import contextlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ansible.module_utils
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPConnectionError
from testcontainers.core.container import DockerContainer

from tests.integration.containers import ROOT
from tests.integration.waiting import wait_for

# The deploy's own code declares the objects; Ansible finds it here, and so do we.
ansible.module_utils.__path__.append(str(ROOT / "deploy/ansible/plugins/module_utils"))

from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, segment  # noqa: E402
from ansible.module_utils.celeriac_rabbitmq_plan import compare  # noqa: E402

ADMINISTRATOR = "admin"


@dataclass(frozen=True)
class Broker:
    """Every user's password is its name."""

    host: str
    port: int
    management: Management
    container: DockerContainer

    @classmethod
    def of(cls, container: DockerContainer) -> "Broker":
        host = container.get_container_host_ip()
        url = f"http://{host}:{container.get_exposed_port(15672)}"
        management = Management(url, ADMINISTRATOR, ADMINISTRATOR)
        return cls(host, container.get_exposed_port(5672), management, container)

    def answers(self) -> bool:
        try:
            self.management.check_administrator()
            with self.channel("/"):
                return True
        except (BrokerError, AMQPConnectionError):
            return False

    def declare(self, objects: dict[str, Any]) -> None:
        """Make what the description derives."""
        passwords = {user["secret"]: user["name"] for user in objects["users"]}
        definitions = self.management.get("definitions")
        plan = compare(objects, passwords, definitions, complete=True)
        assert not plan.refused
        for change in plan.changes:
            thing = change.thing
            self.management.send(thing.method, thing.path, thing.properties | thing.hidden)

    def control(self, *command: str) -> None:
        """Run rabbitmqctl."""
        code, output = self.container.get_wrapped_container().exec_run(["rabbitmqctl", *command])
        assert code == 0, output.decode()

    @property
    def tls_address(self) -> tuple[str, int]:
        """Where it listens after `listen_with_tls`."""
        container = self.container.get_wrapped_container()
        container.reload()
        networks = container.attrs["NetworkSettings"]["Networks"]
        return next(iter(networks.values()))["IPAddress"], 5671

    def listen_with_tls(self, certificate: Path, key: Path) -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for file in (certificate, key):
                file.chmod(0o644)  # for the broker's user
                archive.add(file, file.name)
        self.container.get_wrapped_container().put_archive("/tmp", packed.getvalue())  # noqa: S108
        files = f'[{{certfile, "/tmp/{certificate.name}"}}, {{keyfile, "/tmp/{key.name}"}}]'
        self.control("eval", f"rabbit_networking:start_ssl_listener(5671, {files}, 2).")

    @contextlib.contextmanager
    def memory_alarm(self) -> Iterator[None]:
        """It takes no messages, and says so to those who send some."""
        self.control("set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            yield
        finally:
            self.control("set_vm_memory_high_watermark", "0.6")

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Its connections stay, and nothing is answered."""
        container = self.container.get_wrapped_container()
        container.pause()
        try:
            yield
        finally:
            container.unpause()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """As if the node was down, with the same ports after it."""
        self.control("stop_app")
        try:
            yield
        finally:
            self.control("start_app")

    def make_empty_vhost(self, name: str) -> None:
        self.management.send("PUT", f"vhosts/{segment(name)}", {})

    def url(self, vhost: str, user: str, port: int | None = None) -> str:
        """Straight to the broker, or by a way's port on this machine."""
        host = f"127.0.0.1:{port}" if port else f"{self.host}:{self.port}"
        return f"amqp://{quote(user)}:{quote(user)}@{host}/{segment(vhost)}"

    @contextlib.contextmanager
    def channel(self, vhost: str, user: str = ADMINISTRATOR) -> Iterator[BlockingChannel]:
        credentials = pika.PlainCredentials(user, user)
        parameters = pika.ConnectionParameters(self.host, self.port, vhost, credentials)
        connection = pika.BlockingConnection(parameters)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            yield channel
        finally:
            if connection.is_open:
                connection.close()

    def take(self, vhost: str, queue: str) -> dict[str, Any]:
        """Take the next message; return its headers and decoded body."""
        with self.channel(vhost) as channel:
            _, properties, body = wait_for(
                lambda: _got(channel.basic_get(queue, auto_ack=True)), f"a message in {queue}"
            )
            return {"headers": properties.headers, "body": json.loads(body)}

    def ready(self, vhost: str, queue: str) -> int:
        """Messages that wait, those in flight not counted."""
        with self.channel(vhost) as channel:
            return channel.queue_declare(queue, passive=True).method.message_count

    def queues_with_messages(self, vhost: str) -> list[str]:
        # Asked one by one: the management API's totals lag behind by seconds.
        with self.channel(vhost) as channel:
            return [
                queue
                for queue in self.queues(vhost)
                if channel.queue_declare(queue, passive=True).method.message_count
            ]

    def queues(self, vhost: str) -> list[str]:
        found = self.management.get(f"queues/{segment(vhost)}?disable_stats=true")
        return sorted(queue["name"] for queue in found)

    def empty(self, vhost: str) -> None:
        with self.channel(vhost) as channel:
            for queue in self.queues(vhost):
                channel.queue_purge(queue)

    def objects(self, vhost: str) -> dict[str, list[dict[str, Any]]]:
        """What the broker exports of one virtual host."""
        return self.management.get(f"definitions/{segment(vhost)}")


def _got(answer: tuple[Any, Any, bytes | None]) -> tuple[Any, Any, bytes] | None:
    return answer if answer[0] else None
