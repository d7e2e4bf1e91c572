"""Who may do what at a real broker: every role with every operation, tried with pika."""

from collections.abc import Callable, Iterator
from typing import Any

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import (
    ChannelClosedByBroker,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from celeriac.derive import delayed, names, permissions, rabbitmq
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed
from tests.integration.broker import Broker, BrokerError, Management

ACCESS_REFUSED = 403
CANARIES = {f"pool-{pool}": [f"canary-{pool}-one-1"] for pool in ("mail", "bulk")}
ENVIRONMENT = "permissions"
SOON = "0." * 27 + "1."
TOP = delayed.TOP

Action = Callable[[BlockingChannel], object]


def publish(key: str, exchange: str = names.EXCHANGE) -> Action:
    """Publish confirmed, as the application's settings say."""
    return lambda channel: channel.basic_publish(exchange, key, b"")


def read(queue: str) -> Action:
    return lambda channel: channel.basic_get(queue)


def consume(queue: str) -> Action:
    return lambda channel: channel.basic_consume(queue, lambda *message: None)


def declare(queue: str, **arguments: Any) -> Action:
    return lambda channel: channel.queue_declare(queue, durable=True, arguments=arguments)


def declare_exchange(exchange: str) -> Action:
    return lambda channel: channel.exchange_declare(exchange, "topic", durable=True)


def bind(queue: str, exchange: str, key: str) -> Action:
    return lambda channel: channel.queue_bind(queue, exchange, key)


OPERATIONS: dict[str, Action] = {
    "publish own key": publish("mail"),
    "publish foreign key": publish("bulk"),
    "publish longer key": publish("mail.more"),
    "publish unknown key": publish("dead-letters"),
    "publish delayed own": publish(SOON + "mail", TOP),
    "publish delayed foreign": publish(SOON + "bulk", TOP),
    "publish delayed unknown": publish(SOON + "elsewhere", TOP),
    "publish shorter delay": publish("0." * 26 + "1.mail", TOP),
    "publish to lower level": publish("1.mail", "celery_delayed_0"),
    "publish as delivered": publish(SOON + "mail", delayed.DELIVERY),
    "publish past exchange": publish("mail", ""),
    "publish a dead letter": publish("", names.DEAD_LETTERS),
    "publish canary": publish("canary-mail-one-1"),
    "publish other canary": publish("canary-mail-two-1"),
    "publish delayed canary": publish(SOON + "canary-mail-one-1", TOP),
    "consume own canary": consume("canary-mail-one-1"),
    "consume foreign canary": consume("canary-bulk-one-1"),
    "purge foreign canary": lambda channel: channel.queue_purge("canary-bulk-one-1"),
    "delete own canary": lambda channel: channel.queue_delete("canary-mail-one-1"),
    "consume own queue": consume("mail"),
    "consume foreign queue": consume("bulk"),
    "read own queue": read("mail"),
    "read foreign queue": read("bulk"),
    "read dead letters": read(names.DEAD_LETTERS),
    "read what is delayed": read("celery_delayed_0"),
    "purge own queue": lambda channel: channel.queue_purge("mail"),
    "purge foreign queue": lambda channel: channel.queue_purge("bulk"),
    "purge dead letters": lambda channel: channel.queue_purge(names.DEAD_LETTERS),
    "declare queue": declare("another"),
    "declare own queue": declare("mail", **{"x-queue-type": "quorum"}),
    "declare exchange": declare_exchange("another"),
    "declare delay": declare_exchange("celery_delayed_26"),
    "bind own queue": bind("mail", names.EXCHANGE, "bulk"),
    "bind foreign queue": bind("bulk", names.EXCHANGE, "mail"),
    "unbind own queue": lambda channel: channel.queue_unbind("mail", names.EXCHANGE, "bulk"),
    "bind exchange": lambda channel: channel.exchange_bind(names.DEAD_LETTERS, names.EXCHANGE, "#"),
    "delete own queue": lambda channel: channel.queue_delete("mail"),
    "delete foreign queue": lambda channel: channel.queue_delete("bulk"),
    "delete exchange": lambda channel: channel.exchange_delete(names.EXCHANGE),
}
# Every process's own queue or key is `mail`; the relay's and the operators' are all keys. What is
# not allowed here is refused. Web and beat via the outbox have no user, so no column.
ROLES = ("direct web", "direct beat", "direct pool", "pool", "relay", "operations", "hosted")
TABLE = """
publish own key          | allowed | allowed | allowed |         | allowed | allowed | allowed
publish foreign key      |         |         |         |         | allowed | allowed | allowed
publish longer key       |         |         |         |         |         |         | allowed
publish unknown key      |         |         |         |         |         |         | allowed
publish delayed own      | allowed | allowed | allowed |         | allowed |         | allowed
publish delayed foreign  |         |         |         |         | allowed |         | allowed
publish delayed unknown  |         |         |         |         |         |         | allowed
publish shorter delay    |         |         |         |         |         |         | allowed
publish to lower level   |         |         |         |         |         |         | allowed
publish as delivered     |         |         |         |         |         |         | allowed
publish past exchange    |         |         |         |         |         |         | allowed
publish a dead letter    |         |         |         |         |         |         | allowed
publish canary           |         |         |         |         |         | allowed | allowed
publish other canary     |         |         |         |         |         |         | allowed
publish delayed canary   |         |         |         |         |         |         | allowed
consume own canary       |         |         | allowed | allowed |         |         | allowed
consume foreign canary   |         |         |         |         |         |         | allowed
purge foreign canary     |         |         |         |         |         |         | allowed
delete own canary        |         |         |         |         |         |         | allowed
consume own queue        |         |         | allowed | allowed |         |         | allowed
consume foreign queue    |         |         |         |         |         |         | allowed
read own queue           |         |         | allowed | allowed |         |         | allowed
read foreign queue       |         |         |         |         |         |         | allowed
read dead letters        |         |         |         |         |         | allowed | allowed
read what is delayed     |         |         |         |         |         |         | allowed
purge own queue          |         |         | allowed | allowed |         |         | allowed
purge foreign queue      |         |         |         |         |         |         | allowed
purge dead letters       |         |         |         |         |         | allowed | allowed
declare queue            |         |         |         |         |         |         | allowed
declare own queue        |         |         |         |         |         |         | allowed
declare exchange         |         |         |         |         |         |         | allowed
declare delay            |         |         |         |         |         |         | allowed
bind own queue           |         |         |         |         |         |         | allowed
bind foreign queue       |         |         |         |         |         |         | allowed
unbind own queue         |         |         |         |         |         |         | allowed
bind exchange            |         |         |         |         |         |         | allowed
delete own queue         |         |         |         |         |         |         | allowed
delete foreign queue     |         |         |         |         |         |         | allowed
delete exchange          |         |         |         |         |         |         | allowed
"""
ROWS = {name.strip(): cells for name, *cells in (r.split("|") for r in TABLE.split("\n")[1:-1])}
MATRIX = [
    (operation, role, bool(cell.strip()))
    for operation, cells in ROWS.items()
    for role, cell in zip(ROLES, cells, strict=True)
]

DIRECT = {f"{path}/via": "direct" for path in ("web", "beat", "pools/mail", "pools/bulk")}
DESCRIPTIONS = {
    "shop": SHOP,
    "direct": changed(
        SHOP,
        DIRECT | {"application": "direct", "web/publishes": ["mail"], "beat/publishes": ["mail"]},
    ),
    "hosted": changed(SHOP, HOSTED | {"application": "hosted"}),
}
# Role to application and process.
USERS = {
    "direct web": ("direct", "web"),
    "direct beat": ("direct", "beat"),
    "direct pool": ("direct", "pool-mail"),
    "pool": ("shop", "pool-mail"),
    "relay": ("shop", "relay"),
    "operations": ("shop", "operations"),
    "hosted": ("hosted", "pool-mail"),
}


def _objects(application: str) -> dict[str, Any]:
    """What the deploy declares; a hosted application declares itself, here the same objects."""
    description = Description.model_validate(DESCRIPTIONS[application])
    found = rabbitmq.build(description, ENVIRONMENT, CANARIES)
    if not description.integrated:
        like = rabbitmq.build(Description.model_validate(SHOP), ENVIRONMENT, CANARIES)
        found |= {kind: like[kind] for kind in ("exchanges", "queues", "bindings")}
    return found


@pytest.fixture(scope="module")
def declared(broker: Broker) -> Iterator[Broker]:
    for application in DESCRIPTIONS:
        broker.declare(_objects(application))
    yield broker
    for application in DESCRIPTIONS:
        broker.management.send("DELETE", f"vhosts/{_vhost(application)}", {})


def _vhost(application: str) -> str:
    return names.virtual_host(application, ENVIRONMENT)


def _user(role: str) -> str:
    return names.broker_user(*USERS[role])


def test_the_table_is_whole() -> None:
    assert set(ROWS) == set(OPERATIONS)
    roles = {user["name"] for user in permissions.users(Description.model_validate(SHOP))}
    tried = {_user(role) for role in ROLES}
    assert roles - tried == {"shop-pool-bulk"}


@pytest.mark.parametrize(("operation", "role", "allowed"), MATRIX)
def test_operation(declared: Broker, operation: str, role: str, allowed: bool) -> None:
    application, _ = USERS[role]
    try:
        with declared.channel(_vhost(application), _user(role)) as channel:
            if allowed:
                OPERATIONS[operation](channel)
                return
            with pytest.raises(ChannelClosedByBroker) as refusal:
                OPERATIONS[operation](channel)
        assert refusal.value.reply_code == ACCESS_REFUSED
    finally:
        if allowed and operation.startswith("delete"):
            declared.declare(_objects(application))


@pytest.mark.parametrize("role", ROLES)
def test_another_virtual_host_is_refused(declared: Broker, role: str) -> None:
    other = "shop" if USERS[role][0] != "shop" else "hosted"
    with (
        pytest.raises(ProbableAccessDeniedError),
        declared.channel(_vhost(other), _user(role)),
    ):
        pass


@pytest.mark.parametrize("role", ROLES)
def test_the_management_api_is_refused(declared: Broker, role: str) -> None:
    url = declared.management.url
    with pytest.raises(BrokerError):
        Management(url, _user(role), _user(role)).get("whoami")


@pytest.mark.parametrize("process", ["web", "beat"])
def test_who_is_via_the_outbox_is_unknown_to_the_broker(declared: Broker, process: str) -> None:
    with (
        pytest.raises(ProbableAuthenticationError),
        declared.channel(_vhost("shop"), names.broker_user("shop", process)),
    ):
        pass


def test_a_wrong_password_is_refused(declared: Broker) -> None:
    credentials = pika.PlainCredentials(_user("relay"), _user("pool"))
    parameters = pika.ConnectionParameters(
        declared.host, declared.port, _vhost("shop"), credentials
    )
    with pytest.raises(ProbableAuthenticationError):
        pika.BlockingConnection(parameters)
