"""The objects of Celery's native delayed delivery, as kombu 5.7 would declare them.

Source: kombu/transport/native_delayed_delivery.py. A message that is due in n seconds
goes to the top level with n in binary before its routing key; each level holds it for
2^level seconds or passes it down at once, and the last gives it to the delivery exchange.
An object that differs in one argument makes every later declaration fail with 406.

Two things differ from kombu's, and nothing but the deploy declares them. A message that
is due for a queue which is gone goes to the dead letters: the alternate exchange is
an argument, because no policy may touch what is called celery_delayed_*. And the delivery
exchange is bound to the queue itself. kombu binds it to the queue's exchange; that
binding outlives the queue and takes the message, which the exchange then drops.
"""

from __future__ import annotations

from typing import Any

from celeriac.derive import names, objects

LEVELS = 28
TOP = f"celery_delayed_{LEVELS - 1}"
DELIVERY = "celery_delayed_delivery"

# What stands before the routing key of a delayed message.
PREFIX = rf"([01]\.){{{LEVELS}}}"


def exchanges() -> list[dict[str, Any]]:
    """One for each level, and the one that delivers."""
    unroutable = {"alternate-exchange": names.DEAD_LETTERS}
    return [
        *(objects.exchange(_level(level), "topic") for level in _levels()),
        objects.exchange(DELIVERY, "topic", unroutable),
    ]


def queues() -> list[dict[str, Any]]:
    """One for each level; a message waits in it for 2^level seconds."""
    return [
        objects.queue(
            _level(level),
            {
                "x-queue-type": "quorum",
                "x-overflow": "reject-publish",
                "x-message-ttl": 2**level * 1000,
                "x-dead-letter-exchange": _next(level),
                "x-dead-letter-strategy": "at-least-once",
            },
        )
        for level in _levels()
    ]


def bindings() -> list[dict[str, Any]]:
    """A 1 at a level's place waits in its queue, a 0 goes on to the next level."""
    found = []
    for level in _levels():
        skipped = "*." * (LEVELS - 1 - level)
        found.append(objects.binding(_level(level), "queue", _level(level), f"{skipped}1.#"))
        found.append(objects.binding(_level(level), "exchange", _next(level), f"{skipped}0.#"))
    return found


def queue_binding(queue: str) -> dict[str, Any]:
    """From the delivery exchange to the queue, whatever delay its key still carries."""
    return objects.binding(DELIVERY, "queue", queue, f"#.{queue}")


def _levels() -> range:
    return range(LEVELS - 1, -1, -1)


def _level(level: int) -> str:
    return f"celery_delayed_{level}"


def _next(level: int) -> str:
    return _level(level - 1) if level else DELIVERY
