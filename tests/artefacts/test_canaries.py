"""Description and inventory in, the private queues of workers and who may use them out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from celeriac.derive import canaries, permissions, processes, rabbitmq
from celeriac.description.model import Description
from tests.artefacts.documents import WHERE, document
from tests.descriptions import HOSTED, SHOP, changed, describe, inventory

MAIL, BULK = ["canary-mail-two-1", "canary-mail-two-2"], ["canary-bulk-three-1"]
WORKERS = inventory({"two": {"mail": 2}, "three": {"bulk": 1}}, relay=["two"])
OWN = {"pool-mail": MAIL, "pool-bulk": BULK}
DIRECT = {f"{path}__via": "direct" for path in ("web", "beat", "pools__mail", "pools__bulk")}


def test_one_for_each_worker_and_none_for_a_hosted_application() -> None:
    assert canaries.build(describe(), WORKERS) == OWN
    assert not canaries.build(Description.model_validate(changed(SHOP, HOSTED)), WORKERS)


@pytest.mark.parametrize(
    ("host", "queue"),
    [
        ("web-1", "canary-mail-web-1-1"),
        ("w1.shop.example", "canary-mail-w1-shop-example-1"),
        ("192.0.2.7", "canary-mail-192-0-2-7-1"),
        ("2001:db8::7", "canary-mail-2001-db8--7-1"),
        ("W_1", "canary-mail-W_1-1"),
    ],
)
def test_a_name_has_no_dot(host: str, queue: str) -> None:
    """A dot would let a delayed task of the queue `1` reach it, too."""
    assert canaries.build(describe(), inventory({host: {"mail": 1}})) == {"pool-mail": [queue]}


def new(kind: str) -> list[Any]:
    """Return the objects that are there for canaries."""
    without, with_them = (rabbitmq.build(describe(), "lab", own) for own in (canaries.NONE, OWN))
    return [one for one in with_them[kind] if one not in without[kind]]


def test_objects() -> None:
    queues = [(one["name"], one["arguments"]) for one in new("queues")]
    assert queues == [(name, {"x-queue-type": "quorum"}) for name in (*MAIL, *BULK)]
    bindings = [(one["source"], one["destination"], one["routing_key"]) for one in new("bindings")]
    assert bindings == [("tasks", name, name) for name in (*MAIL, *BULK)]
    assert not [*new("exchanges"), *new("users")]


def test_policy() -> None:
    """A new canary takes the place of an old one; none goes to the dead letters."""
    [policy] = new("policies")
    assert policy == {
        "name": "canary-queues",
        "pattern": "^canary-",
        "apply_to": "quorum_queues",
        "priority": 1,
        "definition": {"max-length": 1, "overflow": "drop-head", "message-ttl": 86_400_000},
    }
    assert all(re.search(policy["pattern"], name) for name in (*MAIL, *BULK))


def test_a_pool_reads_its_own() -> None:
    found = {row["user"]: row for row in permissions.permissions(describe(), OWN)}
    assert {user: row["read"] for user, row in found.items()} == {
        "shop-pool-mail": "^(mail|canary-mail-two-1|canary-mail-two-2)$",
        "shop-pool-bulk": "^(bulk|canary-bulk-three-1)$",
        "shop-relay": "^$",
        "shop-operations": "^(dead-letters)$",
    }
    for row in permissions.permissions(describe()):
        assert {**found[row["user"]], "read": ""} == {**row, "read": ""}


@pytest.mark.parametrize("changes", [{}, DIRECT], ids=["outbox", "direct"])
def test_operations_alone_may_send_them_and_none_with_a_delay(changes: dict[str, Any]) -> None:
    allowed = [
        (row["user"], row["exchange"])
        for row in permissions.topic_permissions(describe(**changes), OWN)
        for delay in ("", "0." * 28)
        if re.search(row["write"], f"{delay}{MAIL[0]}")
    ]
    assert allowed == [("shop-operations", "tasks")]


def test_the_document_declares_the_queue_that_each_unit_reads() -> None:
    declared = {one["name"] for one in document()["broker"]["objects"]["queues"]}
    workers = [
        process
        for host in processes.by_host(describe(), WHERE).values()
        for process in host["processes"]
        if process["kind"] == "worker"
    ]
    read = {process["proof"]["canary"] for process in workers}
    assert len(read) == len(workers) == 4
    assert read == {name for name in declared if name.startswith("canary-")}


@pytest.mark.parametrize(
    ("memory", "size"), [("1K", 1024), ("256M", 2**28), ("2G", 2**31), ("1T", 2**40)]
)
def test_memory_and_overlap_reach_the_deploy(memory: str, size: int) -> None:
    changes = {"pools__mail__memory": memory, "pools__mail__overlap": False}
    [mail] = processes.by_host(describe(**changes), inventory({"two": {"mail": 1}}))["two"][
        "processes"
    ]
    assert (mail["memory"], mail["overlap"]) == (size, False)
