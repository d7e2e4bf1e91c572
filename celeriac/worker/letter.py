"""A dead letter, read out of what RabbitMQ and a worker wrote into its headers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# How often a worker put it back because it had no such task; see celeriac.worker.unknown.
UNKNOWN_TASK = "celeriac-unknown-task"
# How often it was replayed.
REPLAYS = "celeriac-replays"
# RabbitMQ writes them and, on a copy, would count on.
_BROKERS = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count", "x-acquired-count")
# Every delayed message died there, of its delay.
_DELAYED_QUEUES = "celery_delayed_"

REASONS = {
    "unknown-task": "no worker knew its task for ten minutes",
    "delivery-limit": "it was delivered too often: it ends its worker, or was given back each time",
    "rejected": "the task rejected it, or a worker could not read it",
    "no-queue": "when it was due there was no queue of its name",
    "expired": "it waited in its queue for longer than the queue allows",
    "overflow": "its queue was full",
}
_OF_RABBITMQ = {"delivery_limit": "delivery-limit", "maxlen": "overflow"}


def without_the_brokers(headers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the headers that a publisher wrote, for a copy that begins anew."""
    return {name: value for name, value in headers.items() if not name.startswith(_BROKERS)}


@dataclass(frozen=True, slots=True)
class Letter:
    """What can be said of a dead letter. `reason` is a key of REASONS."""

    task_id: str
    task: str
    queue: str
    reason: str
    died_at: datetime | None
    replays: int
    expires: datetime | None

    @classmethod
    def of(cls, message: Any) -> "Letter":
        """Read a received message. What is not a task's has empty names."""
        headers = message.headers
        deaths = headers.get("x-death") or [{}]
        death = deaths[0]
        delayed = death.get("queue", "").startswith(_DELAYED_QUEUES)
        # A delay stands before the queue's name in the key, and the name has no dot.
        key = message.delivery_info["routing_key"].rpartition(".")[2]
        return cls(
            task_id=str(headers.get("id") or ""),
            task=str(headers.get("task") or ""),
            queue=key if delayed else death.get("queue", key),
            reason="no-queue" if delayed else _reason(death, headers),
            died_at=_aware(death.get("time")),
            replays=int(headers.get(REPLAYS) or 0),
            expires=_moment(headers.get("expires")),
        )

    @property
    def age(self) -> float | None:
        """Seconds since its death."""
        return (datetime.now(UTC) - self.died_at).total_seconds() if self.died_at else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "task_id": self.task_id,
            "task": self.task,
            "queue": self.queue,
            "reason": self.reason,
            "died_at": self.died_at and self.died_at.isoformat(),
            "age_seconds": self.age and round(self.age, 1),
            "replays": self.replays,
            "expires": self.expires and self.expires.isoformat(),
        }


def content(message: Any) -> dict[str, Any]:
    """Return headers and body of a received message as they are, in what JSON can hold."""
    return {
        "headers": json.loads(json.dumps(dict(message.headers), default=str)),
        "content_type": message.content_type,
        "body": _readable(body_of(message)),
    }


def _reason(death: Mapping[str, Any], headers: Mapping[str, Any]) -> str:
    reason = str(death.get("reason", "rejected"))
    if reason == "rejected" and UNKNOWN_TASK in headers:
        return "unknown-task"
    return _OF_RABBITMQ.get(reason, reason)


def _aware(time: datetime | None) -> datetime | None:
    """RabbitMQ's times are UTC; py-amqp's versions differ in whether they say so."""
    return time.replace(tzinfo=time.tzinfo or UTC) if time else None


def _moment(text: Any) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return None


def body_of(message: Any) -> bytes:
    """Return the body of a received message as it was sent: py-amqp has decoded text."""
    body = message.body
    return (
        body.encode(message.content_encoding or "utf-8") if isinstance(body, str) else bytes(body)
    )


def _readable(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return repr(body)
