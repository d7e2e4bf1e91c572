"""What the broker holds for an application: virtual host, users, queues, policies."""

from __future__ import annotations

from typing import Any

from celeriac.derive import canaries as private
from celeriac.derive import delayed, names, objects, permissions
from celeriac.derive.canaries import NONE, Canaries
from celeriac.description.model import Description
from celeriac.description.processes import Queue

# A task whose worker dies each time runs once more than this; then it is a dead letter.
DELIVERY_LIMIT = 5


def build(description: Description, environment: str, canaries: Canaries = NONE) -> dict[str, Any]:
    """Return all objects, in the order in which they can be declared.

    A hosted application declares its own queues, so it gets users and permissions alone.
    """
    application = description.application
    found: dict[str, Any] = {
        "vhost": {
            "name": names.virtual_host(application, environment),
            "description": f"{application} in {environment}",
        },
        "users": permissions.users(description),
        "permissions": permissions.permissions(description, canaries),
        "topic_permissions": [],
        "exchanges": [],
        "queues": [],
        "bindings": [],
        "policies": [],
    }
    if description.integrated:
        found |= _declared(description, canaries)
    return found


def _declared(description: Description, canaries: Canaries) -> dict[str, Any]:
    queues = description.queues
    return {
        "topic_permissions": permissions.topic_permissions(description, canaries),
        "exchanges": [
            objects.exchange(names.EXCHANGE, "topic"),
            objects.exchange(names.DEAD_LETTERS, "fanout"),
            *delayed.exchanges(),
        ],
        "queues": [
            *(objects.queue(name, queue_arguments()) for name in queues),
            objects.queue(names.DEAD_LETTERS, queue_arguments()),
            *(objects.queue(name, queue_arguments()) for name in private.queues(canaries)),
            *delayed.queues(),
        ],
        "bindings": [
            *(binding for name in queues for binding in _bindings(name)),
            objects.binding(names.DEAD_LETTERS, "queue", names.DEAD_LETTERS, ""),
            *private.bindings(canaries),
            *delayed.bindings(),
        ],
        "policies": [
            *(_policy(name, _definition(queue)) for name, queue in queues.items()),
            # Looking at a message counts as a delivery: without this the twentieth look,
            # RabbitMQ's own limit, would drop it.
            _policy(names.DEAD_LETTERS, {"delivery-limit": -1}),
            *private.policies(canaries),
        ],
    }


def queue_arguments() -> dict[str, str]:
    """Return what makes a queue a quorum queue; the rest is policy, which can change later."""
    return {"x-queue-type": "quorum"}


def _bindings(queue: str) -> list[dict[str, Any]]:
    return [
        objects.binding(names.EXCHANGE, "queue", queue, queue),
        delayed.queue_binding(queue),
    ]


def _definition(queue: Queue) -> dict[str, Any]:
    """Return the policy of an application's queue.

    Dead-lettering at least once needs ``reject-publish``: RabbitMQ refuses to promise it
    for a queue that drops from its head.
    """
    definition: dict[str, Any] = {
        "delivery-limit": DELIVERY_LIMIT,
        "dead-letter-exchange": names.DEAD_LETTERS,
        "dead-letter-strategy": "at-least-once",
        "overflow": "reject-publish",
    }
    if queue.consumer_timeout is not None:
        definition["consumer-timeout"] = queue.consumer_timeout * 1000
    return definition


def _policy(queue: str, definition: dict[str, Any]) -> dict[str, Any]:
    """One policy a queue, so that a change touches that queue alone."""
    return {
        "name": queue,
        "pattern": f"^{queue}$",
        "apply_to": "quorum_queues",
        "priority": 1,
        "definition": definition,
    }
