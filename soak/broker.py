"""Asks and tells the brokers, as their operator: with rabbitmqctl on one of the nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from celeriac.description.inventory import INVENTORIES
from celeriac.environments import Environment
from deploy.lab import faults
from soak.place import Place

DEAD_LETTERS = "dead-letters"
# Runs on a broker's host, whose management API nobody else can reach.
_LOOK = """
import base64, json, os, sys, urllib.request
token = base64.b64encode(b"admin:" + os.environ["PASSWORD"].encode()).decode()
headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
wish = {"count": 100000, "ackmode": "ack_requeue_true", "encoding": "auto", "truncate": 1}
url = f"http://127.0.0.1:15672/api/queues/{sys.argv[1]}/get"
request = urllib.request.Request(url, json.dumps(wish).encode(), headers)
letters = json.load(urllib.request.urlopen(request, timeout=60))
print(json.dumps([letter["properties"]["headers"]["id"] for letter in letters]))
"""
_WATERMARK = "vm_memory_monitor:get_vm_memory_high_watermark()."


def rabbitmqctl(place: Place, *arguments: str, host: str | None = None) -> str:
    return place.run(host or place.brokers[0], "rabbitmqctl", "--quiet", *arguments)


def leader(place: Place, queue: str) -> str:
    """Return the host whose node leads a queue."""
    leaders = {row["name"]: row["leader"] for row in _queues(place, "leader")}
    return str(leaders[queue]).partition("@")[2]


def depths(place: Place) -> dict[str, int]:
    """Return how many messages wait or are under way in each queue."""
    return {row["name"]: row["messages"] for row in _queues(place, "messages")}


def dead_letters(place: Place) -> list[str]:
    """Return the task ids of the dead letters, which stay where they are."""
    environment = Environment(place.inventory.environment, INVENTORIES)
    password = environment.vault.read()["environment"]["rabbitmq_admin_password"]
    secret = {"PASSWORD": password}
    queue = f"{quote(place.vhost, safe='')}/{DEAD_LETTERS}"
    code, said = faults.container(place.lab, place.brokers[0]).exec_run(
        ["python3", "-c", _LOOK, queue], environment=secret
    )
    if code:
        raise RuntimeError(f"the dead letters cannot be read: {said.decode(errors='replace')}")
    ids: list[str] = json.loads(said)
    return ids


def forget_dead_letters(place: Place) -> None:
    rabbitmqctl(place, "purge_queue", "-p", place.vhost, DEAD_LETTERS)


@contextmanager
def memory_alarm(place: Place, host: str) -> Iterator[None]:
    """Let a node find that it uses too much memory: all nodes then block all publishers."""
    before = rabbitmqctl(place, "eval", _WATERMARK, host=host).strip()
    try:
        rabbitmqctl(place, "set_vm_memory_high_watermark", "0.0001", host=host)
        yield
    finally:
        rabbitmqctl(place, "set_vm_memory_high_watermark", before, host=host)


@contextmanager
def dead_lettering_at_most_once(place: Place) -> Iterator[None]:
    """Take the promise out of every policy: a dead letter goes on its way without a confirm."""
    policies = json.loads(
        rabbitmqctl(place, "--formatter=json", "list_policies", "-p", place.vhost)
    )
    promising = [policy for policy in policies if "dead-letter-strategy" in policy["definition"]]
    try:
        for policy in promising:
            definition = json.loads(policy["definition"])
            del definition["dead-letter-strategy"]
            _set(place, policy, definition)
        yield
    finally:
        for policy in promising:
            _set(place, policy, json.loads(policy["definition"]))


def _set(place: Place, policy: dict[str, Any], definition: dict[str, Any]) -> None:
    options = [f"--priority={policy['priority']}", f"--apply-to={policy['apply-to']}"]
    arguments = [policy["name"], policy["pattern"], json.dumps(definition)]
    rabbitmqctl(place, "set_policy", "-p", place.vhost, *options, *arguments)


def _queues(place: Place, column: str) -> list[dict[str, Any]]:
    told = rabbitmqctl(place, "--formatter=json", "list_queues", "-p", place.vhost, "name", column)
    rows: list[dict[str, Any]] = json.loads(told)
    return rows
