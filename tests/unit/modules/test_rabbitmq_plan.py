"""What is described and cannot be made of what the broker has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.modules import loading  # noqa: F401 (makes the next import find it)

from ansible.module_utils.celeriac_rabbitmq_plan import Plan, compare  # isort: skip

VHOST = {"name": "shop"}
KINDS = ("users", "permissions", "topic_permissions", "exchanges", "queues", "bindings", "policies")
QUORUM = {"x-queue-type": "quorum"}


def planned(wanted: dict[str, Any], there: dict[str, Any]) -> Plan:
    """Compare objects of one virtual host; kinds that are not named have none."""
    nothing: dict[str, Any] = {kind: [] for kind in KINDS}
    found = {
        kind: [{"vhost": "shop", **entry} for entry in entries] for kind, entries in there.items()
    }
    definitions = {**nothing, "vhosts": [VHOST], **found}
    return compare({"vhost": VHOST, **nothing, **wanted}, {}, definitions, complete=True)


@pytest.mark.parametrize(
    ("wanted", "there", "facts"),
    [
        ({"arguments": QUORUM}, {"arguments": {}}, 'x-queue-type is "classic" and should be "quorum"'),
        (
            {"arguments": QUORUM | {"x-max-length": 5}},
            {"arguments": QUORUM},
            "x-max-length is not set and should be 5",
        ),
        (
            {"arguments": QUORUM},
            {"arguments": QUORUM | {"x-max-priority": 9}},
            "x-max-priority is 9 and should be not set",
        ),
        (
            {"durable": True, "arguments": QUORUM},
            {"durable": False, "arguments": {"x-queue-type": "classic"}},
            'durable is false and should be true; x-queue-type is "classic" and should be "quorum"',
        ),
    ],
)  # fmt: skip
def test_a_queue_that_is_different(
    wanted: dict[str, Any], there: dict[str, Any], facts: str
) -> None:
    queue = {"name": "mail"}
    plan = planned({"queues": [queue | wanted]}, {"queues": [queue | there]})
    assert plan.changes == []
    assert plan.refused == [
        f"queue mail: {facts}. RabbitMQ cannot change this on an existing queue. Describe it under another name; "
        "or let its consumers empty it while nothing publishes to it, delete it (rabbitmqctl -p shop delete_queue "
        "mail) and deploy again"
    ]


def test_an_exchange_that_is_different() -> None:
    exchange = {"name": "tasks"}
    plan = planned(
        {"exchanges": [exchange | {"type": "topic"}]},
        {"exchanges": [exchange | {"type": "direct"}]},
    )
    assert plan.refused == [
        'exchange tasks: type is "direct" and should be "topic". RabbitMQ cannot change this on an existing exchange. '
        "Describe it under another name; or delete it while nothing publishes to it "
        "(DELETE /api/exchanges/shop/tasks of the management API) and deploy again"
    ]


def test_what_is_refused_does_not_hide_what_would_be_made() -> None:
    queues = [{"name": "mail", "arguments": QUORUM}, {"name": "bulk", "arguments": QUORUM}]
    plan = planned({"queues": queues}, {"queues": [{"name": "mail", "arguments": {}}]})
    assert len(plan.refused) == 1
    assert [change.summary for change in plan.changes] == ["create queue bulk"]
