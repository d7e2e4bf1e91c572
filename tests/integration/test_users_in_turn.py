"""A process changes from one of its two users to the other, at a real broker."""

import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pika
import pytest
from pika.exceptions import AMQPConnectionError

from celeriac.derive import in_turn
from tests.integration.broker import Broker, compare, segment
from tests.integration.containers import ROOT
from tests.integration.waiting import wait_for

VHOST, FIRST, SECOND = "in-turn", "in-turn-web", "in-turn-web.b"
SECRET = "broker.web"
OBJECTS: dict[str, Any] = {
    "vhost": {"name": VHOST, "description": "for tests"},
    "users": [{"name": FIRST, "secret": SECRET, "tags": []}],
    "permissions": [{"user": FIRST, "configure": ".*", "write": ".*", "read": ".*"}],
    "topic_permissions": [],
    "exchanges": [],
    "queues": [],
    "bindings": [],
    "policies": [],
}


@pytest.fixture(scope="module")
def module() -> ModuleType:
    file = ROOT / "deploy/ansible/plugins/modules/rabbitmq_retire.py"
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded


@pytest.fixture
def held(broker: Broker) -> Iterator[dict[str, str]]:
    yield {SECRET: "one"}
    broker.management.send("DELETE", f"vhosts/{VHOST}")
    for user in (FIRST, SECOND):
        if broker.management.get(f"users/{user}"):
            broker.management.send("DELETE", f"users/{user}")


def declare(broker: Broker, held: dict[str, str]) -> list[str]:
    objects = in_turn.broker_objects(OBJECTS, held)
    plan = compare(objects, held, broker.management.get("definitions"), complete=True)
    for change in plan.changes:
        thing = change.thing
        broker.management.send(thing.method, thing.path, thing.properties | thing.hidden)
    return [change.summary for change in plan.changes]


def connect(broker: Broker, user: str, password: str) -> pika.BlockingConnection:
    login = pika.PlainCredentials(user, password)
    return pika.BlockingConnection(
        pika.ConnectionParameters(broker.host, broker.port, VHOST, login)
    )


def retire(module: ModuleType, broker: Broker, held: dict[str, str]) -> dict[str, Any]:
    params = {
        "url": broker.management.url,
        "username": "admin",
        "password": "admin",
        "users": in_turn.retired(OBJECTS["users"], held),
        "timeout": 1,
    }
    found: dict[str, Any] = module.run(params, check=False)
    return found


def test_a_rotation(broker: Broker, held: dict[str, str], module: ModuleType) -> None:
    assert f"create user {FIRST}" in declare(broker, held)
    old = connect(broker, FIRST, "one")

    held = in_turn.begun(held, [SECRET], lambda: "two")
    assert declare(broker, held) == [f"create user {SECOND}", f"create permission {SECOND}"]
    connect(broker, FIRST, "one").close()
    connect(broker, SECOND, "two").close()

    held = in_turn.promoted(held, "now")
    assert declare(broker, held) == []
    new = connect(broker, SECOND, "two")
    said = retire(module, broker, held)
    assert said == {"changed": False, "removed": [], "connected": [FIRST]}
    old.channel().queue_declare("still-works")
    old.close()

    path = f"connections/username/{segment(FIRST)}"
    wait_for(lambda: not broker.management.get(path), "the connection is gone")
    said = retire(module, broker, held)
    assert said == {"changed": True, "removed": [FIRST], "connected": []}
    assert retire(module, broker, held) == {"changed": False, "removed": [], "connected": []}
    new.channel().queue_declare("works")
    with pytest.raises(AMQPConnectionError):
        connect(broker, FIRST, "one")
    new.close()

    held = in_turn.finished(held, [SECRET])
    assert declare(broker, held) == []
    # The next rotation brings the first user back, with a password of its own.
    held = in_turn.begun(held, [SECRET], lambda: "three")
    assert declare(broker, held) == [f"create user {FIRST}", f"create permission {FIRST}"]
    connect(broker, FIRST, "three").close()
    connect(broker, SECOND, "two").close()
