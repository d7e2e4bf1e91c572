"""Keys that people know from Celery and RabbitMQ, and what to do in their place."""

from __future__ import annotations

_PRIORITY = (
    "Quorum queues take no priorities: put urgent tasks into a queue of their own with a pool "
    "of its own."
)
_ARGUMENT = (
    "Every queue is a durable quorum queue with dead letters, and RabbitMQ can change no argument "
    "of one that is there; remove it."
)
_EXPIRY = "Set `expires` where the task is called: a queue's own limit would drop tasks unseen."

# Keys of a queue, as they are written anywhere: with x-, with dashes or underscores.
_QUEUE = {
    "priority": _PRIORITY,
    "priorities": _PRIORITY,
    "max-priority": _PRIORITY,
    "queue-arguments": _ARGUMENT,
    "arguments": _ARGUMENT,
    "queue-type": _ARGUMENT,
    "type": _ARGUMENT,
    "durable": _ARGUMENT,
    "exclusive": _ARGUMENT,
    "auto-delete": _ARGUMENT,
    "queue-mode": _ARGUMENT,
    "overflow": _ARGUMENT,
    "delivery-limit": _ARGUMENT,
    "dead-letter-exchange": _ARGUMENT,
    "dead-letter-routing-key": _ARGUMENT,
    "dead-letter-strategy": _ARGUMENT,
    "single-active-consumer": _ARGUMENT,
    "message-ttl": _EXPIRY,
    "expires": _EXPIRY,
    "max-length": _EXPIRY,
    "max-length-bytes": _EXPIRY,
}


def remedy(location: tuple[int | str, ...]) -> str | None:
    """Return what to do instead of an unknown key at this place; None if nothing is known."""
    match location:
        case ("queues", _, str(key)):
            plain = key.lower().replace("_", "-").removeprefix("x-")
            if key.lower().startswith("x-"):
                return _QUEUE.get(plain, _ARGUMENT)
            return _QUEUE.get(plain)
    return None
