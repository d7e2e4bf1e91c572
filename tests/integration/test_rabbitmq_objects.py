"""The module that declares the broker's objects, run by Ansible against a real broker."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from tests.integration.broker import Broker
from tests.integration.containers import ROOT

VHOST = "objects-test"
OBJECTS: dict[str, Any] = {
    "vhost": {"name": VHOST, "description": "for tests"},
    "users": [{"name": "objects-web", "secret": "broker.web", "tags": []}],
    "permissions": [
        {"user": "objects-web", "configure": "^$", "write": "^tasks$", "read": "^$"},
    ],
    "topic_permissions": [
        {"user": "objects-web", "exchange": "tasks", "write": "^(mail)$", "read": "^$"},
    ],
    "exchanges": [
        {
            "name": "tasks",
            "type": "topic",
            "durable": True,
            "auto_delete": False,
            "internal": False,
            "arguments": {},
        },
    ],
    "queues": [{"name": "mail", "durable": True, "arguments": {"x-queue-type": "quorum"}}],
    "bindings": [
        {
            "source": "tasks",
            "destination": "mail",
            "destination_type": "queue",
            "routing_key": "mail",
            "arguments": {},
        },
    ],
    "policies": [
        {
            "name": "mail",
            "pattern": "^mail$",
            "apply_to": "quorum_queues",
            "priority": 1,
            "definition": {"delivery-limit": 5},
        },
    ],
}
CREATED = [
    f"create virtual host {VHOST}",
    "create user objects-web",
    "create exchange tasks",
    "create queue mail",
    "create binding tasks -> queue mail (mail)",
    "create policy mail",
    "create topic permission objects-web on tasks",
    "create permission objects-web",
]


@dataclass(frozen=True)
class Module:
    """`rabbitmq_objects`, as a playbook would call it."""

    broker: Broker

    def __call__(self, *flags: str, **changed: Any) -> dict[str, Any]:
        arguments = {
            "url": self.broker.management.url,
            "username": "admin",
            "password": "admin",
            "objects": OBJECTS,
            "secrets": {"broker.web": "first-password"},
        } | changed
        ansible = [
            Path(sys.executable).with_name("ansible"),
            "localhost",
            "-i",
            "localhost,",
            "-c",
            "local",
        ]
        ran = subprocess.run(
            [*ansible, "-m", "rabbitmq_objects", "-a", json.dumps(arguments), "--diff", *flags],
            env={
                "PATH": os.environ["PATH"],
                "HOME": os.environ["HOME"],
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_CONFIG": str(ROOT / "deploy/ansible/ansible.cfg"),
                "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
                "ANSIBLE_LOAD_CALLBACK_PLUGINS": "true",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        played = json.loads(ran.stdout)["plays"][0]["tasks"][0]["hosts"]["localhost"]
        assert isinstance(played, dict)
        return played


@pytest.fixture
def module(broker: Broker) -> Iterator[Module]:
    """Against a broker that has none of the objects, before and afterwards."""
    yield Module(broker)
    for path in (f"vhosts/{VHOST}", "users/objects-web"):
        if broker.management.get(path) is not None:
            broker.management.send("DELETE", path)


@pytest.fixture
def declared(module: Module) -> Module:
    """Against a broker that has all of the objects."""
    module.broker.declare(OBJECTS)
    user = {"password": "first-password", "tags": []}
    module.broker.management.send("PUT", "users/objects-web", user)
    return module


def with_queue(**properties: Any) -> dict[str, Any]:
    objects = copy.deepcopy(OBJECTS)
    objects["queues"][0] |= properties
    return objects


def test_check_mode_announces_what_the_first_run_does_and_writes_nothing(module: Module) -> None:
    announced = module("--check")
    assert announced["changes"] == CREATED
    assert announced["changed"]
    assert module.broker.management.get(f"vhosts/{VHOST}") is None
    assert module.broker.management.get("users/objects-web") is None

    done = module()
    assert done["changes"] == announced["changes"]
    assert done["diff"] == announced["diff"]
    queues = module.broker.management.get(f"queues/{VHOST}")
    assert [(queue["name"], queue["type"]) for queue in queues] == [("mail", "quorum")]


def test_a_second_run_changes_nothing(declared: Module) -> None:
    again = declared()
    assert (again["changed"], again["changes"], again["stale"]) == (False, [], [])


def test_a_changed_password_is_noticed_and_set_and_not_shown(declared: Module) -> None:
    secrets = {"broker.web": "another-password"}
    changes = ["change the password of user objects-web"]
    assert declared("--check", secrets=secrets)["changes"] == changes
    changed = declared(secrets=secrets)
    assert changed["changes"] == changes
    assert "another-password" not in json.dumps(changed)
    assert declared(secrets=secrets)["changes"] == []


def test_differences_are_mended_once(declared: Module) -> None:
    objects = copy.deepcopy(OBJECTS)
    objects["vhost"]["description"] = "other"
    objects["users"][0]["tags"] = ["monitoring"]
    objects["permissions"][0]["write"] = "^$"
    objects["topic_permissions"][0]["write"] = "^$"
    objects["policies"][0]["definition"] = {"delivery-limit": 9}
    assert declared(objects=objects)["changes"] == [
        f"change virtual host {VHOST}",
        "change user objects-web",
        "change policy mail",
        "change topic permission objects-web on tasks",
        "change permission objects-web",
    ]
    assert declared(objects=objects)["changes"] == []


def test_a_queue_that_cannot_be_changed_is_refused_before_anything_is_written(
    declared: Module,
) -> None:
    objects = with_queue(arguments={"x-queue-type": "quorum", "x-message-ttl": 1000})
    objects["exchanges"].append(OBJECTS["exchanges"][0] | {"name": "other"})
    refused = declared(objects=objects)
    assert refused["failed"]
    assert refused["msg"].startswith(
        f"virtual host {VHOST}: Nothing was written. queue mail: x-message-ttl is not set and "
        "should be 1000. RabbitMQ cannot change this on an existing queue. Describe it under another name; or "
    )
    assert f"rabbitmqctl -p {VHOST} delete_queue mail" in refused["msg"]
    assert declared.broker.management.get(f"exchanges/{VHOST}/other") is None


def test_what_is_not_described_any_more_is_reported_and_left(declared: Module) -> None:
    renamed = with_queue(name="post")
    renamed["bindings"][0]["destination"] = "post"
    renamed["policies"] = []
    left = declared(objects=renamed)
    stale = ["binding tasks -> queue mail (mail)", "policy mail", "queue mail"]
    assert sorted(left["stale"]) == stale
    assert "queue mail" in left["warnings"][0]
    assert declared.broker.management.get(f"queues/{VHOST}/mail") is not None


def test_an_applications_own_queues_are_not_reported(declared: Module) -> None:
    declared.broker.management.send("PUT", f"queues/{VHOST}/its-own", {"durable": True})
    assert declared(complete=False)["stale"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "wrong"}, "does not accept the password of the user admin (401)"),
        ({"url": "http://127.0.0.1:9"}, "http://127.0.0.1:9 does not answer ("),
        ({"secrets": {}}, "there is no secret 'broker.web' for a user of the broker"),
    ],
)
def test_an_error_names_the_place_and_the_remedy(
    module: Module, changed: dict[str, Any], message: str
) -> None:
    failed = module(**changed)
    assert failed["failed"]
    assert failed["msg"].startswith(f"virtual host {VHOST}: ")
    assert message in failed["msg"]


def test_a_release_that_publishes_less_takes_nothing_from_the_one_before(
    declared: Module,
) -> None:
    """A deploy gives both what they need, and takes away at its end."""
    new = copy.deepcopy(OBJECTS)
    new["topic_permissions"][0]["write"] = "^(news)$"
    user = {"user": "objects-web", "password": "first-password"}

    during = declared(objects=new, keep=True)
    assert during["changes"] == ["change topic permission objects-web on tasks"]
    assert during["kept"] == ["topic permission objects-web on tasks"]
    again = declared(objects=new, keep=True)
    assert (again["changed"], again["kept"]) == (False, during["kept"])
    assert publishes(declared.broker, **user, keys=("mail", "news")) == ["mail", "news"]

    announced = declared("--check", objects=new)
    taken = declared(objects=new)
    assert announced["changes"] == taken["changes"] == during["changes"]
    assert publishes(declared.broker, **user, keys=("mail", "news")) == ["news"]
    after = declared(objects=new, keep=True)
    assert (after["changed"], after["kept"]) == (False, [])


def publishes(broker: Broker, user: str, password: str, keys: tuple[str, ...]) -> list[str]:
    """Return the routing keys that a user may publish with to the exchange `tasks`."""
    allowed = []
    for key in keys:
        login = pika.PlainCredentials(user, password)
        place = pika.ConnectionParameters(broker.host, broker.port, VHOST, login)
        connection = pika.BlockingConnection(place)
        channel = connection.channel()
        channel.confirm_delivery()
        try:
            channel.basic_publish("tasks", key, b"")
            allowed.append(key)
            connection.close()
        except ChannelClosedByBroker as error:
            assert error.reply_code == 403
            connection.close()
    return allowed
