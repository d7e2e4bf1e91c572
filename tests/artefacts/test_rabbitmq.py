"""Description in, the broker's objects out."""

from __future__ import annotations

import re
from typing import Any

from celeriac.derive import delayed, rabbitmq
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed, describe


def own(objects: list[dict[str, Any]], *keys: str) -> list[tuple[Any, ...]]:
    """Return the objects without those of delayed delivery, which are compared with kombu's."""
    return [
        tuple(one[key] for key in keys)
        for one in objects
        if not str(one.get("name") or one["source"]).startswith("celery_delayed")
    ]


def test_one_virtual_host_for_application_and_environment() -> None:
    found = rabbitmq.build(describe(), "production")
    assert found["vhost"] == {"name": "shop-production", "description": "shop in production"}


def test_exchanges() -> None:
    found = rabbitmq.build(describe(), "lab")["exchanges"]
    assert own(found, "name", "type") == [("tasks", "topic"), ("dead-letters", "fanout")]
    assert all(one["durable"] and not one["auto_delete"] for one in found)


def test_queues_are_quorum_queues_and_nothing_else_is_fixed() -> None:
    found = rabbitmq.build(describe(), "lab")["queues"]
    quorum = {"x-queue-type": "quorum"}
    assert own(found, "name", "arguments") == [
        ("mail", quorum),
        ("bulk", quorum),
        ("dead-letters", quorum),
    ]


def test_bindings() -> None:
    found = rabbitmq.build(describe(), "lab")["bindings"]
    assert own(found, "source", "destination", "routing_key") == [
        ("tasks", "mail", "mail"),
        ("tasks", "bulk", "bulk"),
        ("dead-letters", "dead-letters", ""),
    ]
    delivery = [one for one in found if one["source"] == "celery_delayed_delivery"]
    assert [
        (one["destination_type"], one["destination"], one["routing_key"]) for one in delivery
    ] == [("queue", "mail", "#.mail"), ("queue", "bulk", "#.bulk")]


def test_what_is_due_for_a_queue_that_is_gone_goes_to_the_dead_letters() -> None:
    """Nowhere else: on the tasks' exchange it would make an unroutable task look routed."""
    found = rabbitmq.build(describe(), "lab")["exchanges"]
    assert {one["name"]: one["arguments"] for one in found if one["arguments"]} == {
        "celery_delayed_delivery": {"alternate-exchange": "dead-letters"}
    }


def test_policies() -> None:
    """Dead letters at least once, on the application's queues alone."""
    found = rabbitmq.build(describe(queues__mail__consumer_timeout=7200), "lab")["policies"]
    common = {
        "delivery-limit": 5,
        "dead-letter-exchange": "dead-letters",
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }
    assert [(one["pattern"], one["apply_to"], one["definition"]) for one in found] == [
        ("^mail$", "quorum_queues", {**common, "consumer-timeout": 7_200_000}),
        ("^bulk$", "quorum_queues", common),
        ("^dead-letters$", "quorum_queues", {"delivery-limit": -1}),
    ]


def test_no_policy_touches_delayed_delivery() -> None:
    """A dead-letter exchange or a limit there would break the way that a message takes."""
    found = rabbitmq.build(describe(), "lab")
    patterns = [policy["pattern"] for policy in found["policies"]]
    names = [one["name"] for one in (*delayed.queues(), *delayed.exchanges())]
    assert len(names) == 28 * 2 + 1
    assert not [name for name in names for pattern in patterns if re.search(pattern, name)]


def test_hosted_gets_users_and_permissions_alone() -> None:
    found = rabbitmq.build(Description.model_validate(changed(SHOP, HOSTED)), "lab")
    assert len(found["users"]) == len(found["permissions"]) == 4
    empty = ("topic_permissions", "exchanges", "queues", "bindings", "policies")
    assert not any(found[kind] for kind in empty)


class Recorder:
    """A channel that writes down what kombu declares, in the shape of our own objects."""

    def __init__(self) -> None:
        self.exchanges: list[Any] = []
        self.queues: list[Any] = []
        self.bindings: list[Any] = []

    def exchange_declare(self, exchange: str, type: str, durable: bool, **rest: Any) -> None:
        self.exchanges.append((exchange, type, durable, rest["auto_delete"]))

    def prepare_queue_arguments(self, arguments: dict[str, Any], **_: Any) -> dict[str, Any]:
        return arguments

    def queue_declare(self, queue: str, durable: bool, arguments: Any, **_: Any) -> Any:
        self.queues.append((queue, durable, arguments))
        return queue, 0, 0

    def queue_bind(self, queue: str, exchange: str, routing_key: str, **_: Any) -> None:
        self.bindings.append((exchange, "queue", queue, routing_key))

    def exchange_bind(self, destination: str, source: str, routing_key: str, **_: Any) -> None:
        self.bindings.append((source, "exchange", destination, routing_key))

    def channel(self) -> Recorder:
        return self

    @property
    def is_open(self) -> bool:
        return True


def test_delayed_delivery_is_what_kombu_declares() -> None:
    """Apart from where it ends: see `celeriac.derive.delayed`."""
    from kombu.transport import native_delayed_delivery as kombus

    channel = Recorder()
    kombus.declare_native_delayed_delivery_exchanges_and_queues(channel, "quorum")
    assert {
        (one["name"], one["type"], one["durable"], one["auto_delete"])
        for one in delayed.exchanges()
    } == set(channel.exchanges)
    assert [(one["name"], one["durable"], one["arguments"]) for one in delayed.queues()] == (
        channel.queues
    )
    assert sorted(
        (one["source"], one["destination_type"], one["destination"], one["routing_key"])
        for one in delayed.bindings()
    ) == sorted(channel.bindings)
