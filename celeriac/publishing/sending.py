"""What a stored message becomes at the moment it is sent, or why it never can be."""

import json
from datetime import UTC, datetime
from typing import Any

from kombu.transport.native_delayed_delivery import (
    MAX_LEVEL,
    calculate_routing_key,
    level_name,
)

from celeriac.publishing.claims import Row
from celeriac.publishing.in_flight import Outgoing
from celeriac.publishing.message import Message
from celeriac.runtime import Publishing

DELAYED_EXCHANGE = level_name(MAX_LEVEL)
# 8.5 years; a task that is due later waits on in its worker.
LONGEST_DELAY = 2 ** (MAX_LEVEL + 1) - 1

# The words that a parked message's reason begins with.
UNROUTABLE = "unroutable"
FORBIDDEN = "forbidden"
OVERSIZE = "oversize"
UNDECODABLE = "undecodable"
REJECTED = "rejected"
REASONS = (UNROUTABLE, FORBIDDEN, OVERSIZE, UNDECODABLE, REJECTED)


def fault(row: Row, publishing: Publishing, exchange: str) -> str | None:
    """Return the reason why the row can never be sent, `<word>: <text>`, or None.

    exchange: the application's task exchange.
    """
    message = row.message
    if message is None:
        return f"{UNDECODABLE}: {row.fault}"
    key = message.routing_key
    if message.exchange != exchange:
        return f"{UNROUTABLE}: tasks go to exchange {exchange!r}, not {message.exchange!r}"
    if key not in publishing.queues:
        return f"{UNROUTABLE}: celeriac.yml describes no queue {key!r}"
    if publishing.writers is not None and key not in publishing.writers.get(row.writer, ()):
        return f"{FORBIDDEN}: database role {row.writer!r} may not publish to {key!r}"
    if len(message.body) > publishing.message_limit:
        return f"{OVERSIZE}: its body has {len(message.body)} bytes, allowed are {publishing.message_limit}"
    return _undecodable(message)


def outgoing(message: Message, token: object = None, *, now: datetime | None = None) -> Outgoing:
    """Return the message as it is published now: to its queue or, if it is due later, delayed.

    Whole seconds of the delay are the broker's; the worker that gets the task waits for the
    fraction, because the header `eta` says when it is due. An expired message is sent all the
    same: the worker that gets it marks the task as revoked, where one that is dropped here
    would look as if it still waited. It gets no time to live for the same reason.
    """
    delay = (message.eta - (now or datetime.now(UTC))).total_seconds() if message.eta else 0
    exchange, key = message.exchange, message.routing_key
    if delay >= 1:
        exchange = DELAYED_EXCHANGE
        key = calculate_routing_key(min(int(delay), LONGEST_DELAY), key)
    return Outgoing(exchange, key, properties(message), message.body, token)


def properties(message: Message) -> dict[str, Any]:
    """Return the basic properties of AMQP, under py-amqp's names."""
    return {
        "delivery_mode": 2,
        **message.properties,
        "content_type": message.content_type,
        "content_encoding": message.content_encoding,
        "application_headers": message.headers,
    }


def _undecodable(message: Message) -> str | None:
    """A worker would drop what it cannot decode, with a line in its log."""
    if message.headers.get("id") != message.task_id or message.headers.get("task") != message.task:
        return f"{UNDECODABLE}: its headers do not name the task and its id"
    if message.content_type != "application/json" or "compression" in message.headers:
        return None
    try:
        arguments = json.loads(message.body.decode(message.content_encoding))
    except (ValueError, LookupError) as error:
        return f"{UNDECODABLE}: its body is not JSON: {error}"
    if not isinstance(arguments, list) or len(arguments) != 3:
        return f"{UNDECODABLE}: its body is not [args, kwargs, embed]"
    return None
