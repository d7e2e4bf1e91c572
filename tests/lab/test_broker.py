"""Three nodes, TLS and nothing else, and one of them may die."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from demo.main_job import wait
from deploy.lab import faults
from tests.lab.brokers import ADMINISTRATOR, PORT, QUEUE, VHOST, Brokers, node


@pytest.fixture
def lasting(brokers: Brokers) -> Iterator[str]:
    """A quorum queue of this test's own; yields the host of its leader."""
    first = brokers.hosts[0]
    arguments = {"x-queue-type": "quorum"}
    faults.run(brokers.lab, first, "rabbitmqctl", "--silent", "add_vhost", VHOST)
    try:
        everything = ("set_permissions", "-p", VHOST, ADMINISTRATOR, ".*", ".*", ".*")
        faults.run(brokers.lab, first, "rabbitmqctl", "--silent", *everything)
        with brokers.channel(first) as channel:
            channel.queue_declare(QUEUE, durable=True, arguments=arguments)
        (queue,) = brokers.queues(first, VHOST)
        yield queue["leader"].removeprefix("rabbit@")
    finally:
        brokers.wait_until_whole()
        faults.run(brokers.lab, first, "rabbitmqctl", "--silent", "delete_vhost", VHOST)


def test_all_nodes_run_in_one_cluster(brokers: Brokers) -> None:
    expected = {node(host) for host in brokers.hosts}
    for host in brokers.hosts:
        status = brokers.status(host)
        assert set(status["running_nodes"]) == set(status["disk_nodes"]) == expected
        assert status["partitions"] == {}
        assert status["alarms"] == []


def test_every_queue_has_a_member_on_every_node_and_leaders_are_spread(brokers: Brokers) -> None:
    assert brokers.replicated()
    brokers.wait_until_whole()


def test_guest_is_gone(brokers: Brokers) -> None:
    users = [user["user"] for user in brokers.control(brokers.hosts[0], "list_users")]
    assert ADMINISTRATOR in users
    assert "guest" not in users


def handshake(address: str, trust: ssl.SSLContext, name: str, port: int = PORT) -> str:
    """Connect with TLS, send an AMQP header, and return the version of TLS."""
    with (
        socket.create_connection((address, port), timeout=5) as plain,
        trust.wrap_socket(plain, server_hostname=name) as connection,
    ):
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        assert connection.recv(1)
        return connection.version() or ""


@pytest.mark.parametrize("by", ["name", "address"])
def test_clients_know_each_node_by_its_certificate(brokers: Brokers, by: str) -> None:
    for host in brokers.hosts:
        address = brokers.address(host)
        assert handshake(address, brokers.trust(), host if by == "name" else address) == "TLSv1.3"


def test_a_client_without_the_authority_refuses(brokers: Brokers) -> None:
    host = brokers.hosts[0]
    with pytest.raises(
        ssl.SSLCertVerificationError, match=r"unable to get local issuer|self-signed"
    ):
        handshake(brokers.address(host), ssl.create_default_context(), host)


def test_a_client_that_expects_another_node_refuses(brokers: Brokers) -> None:
    first, second, *_ = brokers.hosts
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(brokers.address(first), brokers.trust(), second)


@pytest.mark.parametrize("port", [5672, 15672, 15671])
def test_nothing_listens_without_tls_and_no_management_outside(brokers: Brokers, port: int) -> None:
    for host in brokers.hosts:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((brokers.address(host), port), timeout=5)


def between_nodes(brokers: Brokers, options: str) -> str:
    """What openssl on the second node says when it speaks with the first as a node does."""
    first, second, *_ = brokers.hosts
    connect = f"openssl s_client -brief -connect {first}:25672 -verify_return_error"
    trust = "-CAfile /etc/celeriac/tls/ca.crt"
    return faults.run(
        brokers.lab, second, "sh", "-c", f"sleep 1 | {connect} {trust} {options} 2>&1 || true"
    )


def test_between_nodes_nobody_comes_in_without_a_certificate(brokers: Brokers) -> None:
    own = "-cert /etc/celeriac/tls/rabbitmq.crt -key /etc/celeriac/tls/rabbitmq.key"
    assert "CONNECTION ESTABLISHED" in between_nodes(brokers, own)
    assert "handshake failure" in between_nodes(brokers, "")


def test_the_leaders_host_dies_and_publishing_and_consuming_go_on(
    brokers: Brokers, lasting: str
) -> None:
    survivors = [host for host in brokers.hosts if host != lasting]
    with brokers.channel(survivors[0]) as publisher, brokers.channel(survivors[1]) as consumer:
        sent = []

        def publish(count: int) -> None:
            for _ in range(count):
                sent.append(str(len(sent)))
                publisher.basic_publish("", QUEUE, sent[-1].encode(), mandatory=True)

        publish(20)
        with faults.killed(brokers.lab, lasting):
            publish(20)
            received = []
            for method, _, body in consumer.consume(QUEUE, inactivity_timeout=20):
                assert method is not None, f"only {len(received)} of {len(sent)} arrived"
                received.append(body.decode())
                consumer.basic_ack(method.delivery_tag)
                if set(received) == set(sent):
                    break
            (queue,) = brokers.queues(survivors[0], VHOST)
            assert queue["leader"] in {node(host) for host in survivors}


def test_a_node_that_was_frozen_comes_back_by_itself(brokers: Brokers) -> None:
    first, *_, last = brokers.hosts

    def given_up() -> bool | None:
        return node(last) not in brokers.status(first)["running_nodes"] or None

    with faults.paused(brokers.lab, last):
        wait(given_up, 60, f"the others give {last} up")
    # Its first view is that nothing has happened; what it does then is what is tested.
    wait(lambda: brokers.status(last)["partitions"] or None, 20, f"{last} finds itself alone")
    brokers.wait_until_whole()
    for host in brokers.hosts:
        assert brokers.status(host)["partitions"] == {}
