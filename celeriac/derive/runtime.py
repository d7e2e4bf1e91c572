"""The runtime document: the Celery settings of an integrated application, and who may publish.

It travels in every release as ``celeriac.json``; ``celeriac.runtime`` reads it. A process
uses ``common`` with its own part of ``processes`` on top.
"""

from __future__ import annotations

from typing import Any

from celeriac.derive import in_turn, names, rabbitmq
from celeriac.derive.roles import Role, roles
from celeriac.description.model import Description

# Seconds after which a publish to a broker that does not answer is an error.
PUBLISH_TIMEOUT = 4

# Bytes of a serialised message that the outbox takes. RabbitMQ itself refuses 16 MiB, and
# whatever is much larger than this belongs into a file, not into a queue.
MESSAGE_LIMIT = 1024 * 1024


def build(description: Description) -> dict[str, Any] | None:
    """Return the runtime document, or None for a hosted application."""
    if not description.integrated:
        return None
    return {
        "celery": {
            "common": _common(description),
            "processes": {role.process: _own(role) for role in roles(description)},
        },
        "publishing": _publishing(description),
    }


def _publishing(description: Description) -> dict[str, Any]:
    """Return how each process publishes, and which routing keys a database role may use.

    The relay refuses a row whose writer is not listed, or not with the row's key. The owner
    is what release steps and operators' commands run as.
    """
    application = description.application
    # Rows that the first of a process' two users wrote may be sent after the second came into use.
    writers = {
        user: role
        for role in roles(description)
        if role.kind != "relay"
        for user in (
            [application]
            if role.owner
            else in_turn.both(names.database_user(application, role.process))
        )
    }
    return {
        "processes": {role.process: role.via for role in roles(description)},
        "queues": list(description.queues),
        "writers": {writer: role.publishes for writer, role in writers.items()},
        "message_limit": MESSAGE_LIMIT,
    }


def _common(description: Description) -> dict[str, Any]:
    return {
        **_queues(description),
        "imports": [module for queue in description.queues.values() for module in queue.tasks],
        # A confirmed publish is in a quorum queue; an unconfirmed one may be nowhere.
        "broker_transport_options": {"confirm_publish": True},
        # Once, at once: after a broker's restart each pooled connection is found dead by its
        # next publish. The price is that a doubt (sent, not confirmed) becomes a duplicate.
        "task_publish_retry": True,
        "task_publish_retry_policy": {
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0.2,
            "interval_max": 0.2,
        },
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_native_delayed_delivery_queue_type": "quorum",
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_track_started": True,
        # Without it a broker restart runs every task in flight fully twice.
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        # Pidbox access is all or nothing: who may ping may also shut down.
        "worker_enable_remote_control": False,
        # With confirms on, a worker's own events deadlock it during a memory alarm.
        "worker_send_task_events": False,
        "task_send_sent_event": False,
    }


def _queues(description: Description) -> dict[str, Any]:
    return {
        "task_queues": [
            {
                "name": name,
                "exchange": names.EXCHANGE,
                "exchange_type": "topic",
                "routing_key": name,
                "queue_arguments": rabbitmq.queue_arguments(),
            }
            for name in description.queues
        ],
        "task_routes": _routes(description),
        "task_default_queue": description.default_queue,
        "task_default_queue_type": "quorum",
        "task_default_exchange": names.EXCHANGE,
        "task_default_exchange_type": "topic",
        "task_default_routing_key": description.default_queue,
        # A typo raises QueueNotFound instead of making a queue that nobody reads.
        "task_create_missing_queues": False,
    }


def _routes(description: Description) -> dict[str, dict[str, Any]]:
    """Return routes by module; the deeper module first, because the first that matches wins."""
    routes = {
        f"{module}.*": _route(name)
        for name, queue in description.queues.items()
        for module in queue.tasks
    }
    deepest_first = sorted(routes, key=lambda pattern: -pattern.count("."))
    assert description.default_queue is not None  # noqa: S101 (checked before anything derives)
    return {pattern: routes[pattern] for pattern in deepest_first} | {
        "*": _route(description.default_queue)
    }


def _route(queue: str) -> dict[str, Any]:
    # mandatory: a message that no queue takes is an error for its publisher.
    return {"queue": queue, "mandatory": True}


def _own(role: Role) -> dict[str, Any]:
    """Return what bounds a publish; a worker's consumer, which may wait long, does without."""
    if role.kind == "worker" and role.via == "outbox":
        return {}
    return {
        "broker_transport_options": {
            "confirm_publish": True,
            "read_timeout": PUBLISH_TIMEOUT,
            "write_timeout": PUBLISH_TIMEOUT,
            # One more try to connect, at once. kombu's own 2 s and more between its tries
            # make it 6 s until a publish to a broker that is down is an error.
            "max_retries": 1,
            "interval_start": 0.2,
            "interval_step": 0,
            "interval_max": 0.2,
        },
    }
