"""A task's message as the outbox keeps it: all that the relay needs to send it."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

TABLE = "celeriac_outbox"
PARKED_TABLE = "celeriac_outbox_parked"
# The relay listens here; a writer notifies after its commit, as a statement of its own.
CHANNEL = "celeriac_outbox"


@dataclass(frozen=True, slots=True)
class Message:
    """One serialised message of Celery's protocol 2. The fields are columns of the tables.

    task_id, task: as in the headers.
    exchange, routing_key: the task exchange and the queue's key. Delayed delivery's exchange
        and prefix take their place when the message is sent.
    body: serialised and, where the headers say so, compressed.
    headers: the message's own, JSON. eta and expires stand in them too, as text.
    properties: keywords of `kombu.Producer.publish` that go with it, JSON: delivery_mode,
        priority, correlation_id, reply_to and the like. Never expiration.
    eta: when the task is due; None or a past time is at once.
    expires: after it the task does not run any more.
    """

    task_id: str
    task: str
    exchange: str
    routing_key: str
    body: bytes
    content_type: str
    content_encoding: str
    headers: dict[str, Any]
    properties: dict[str, Any]
    eta: datetime | None = None
    expires: datetime | None = None


COLUMNS = tuple(field.name for field in fields(Message))
