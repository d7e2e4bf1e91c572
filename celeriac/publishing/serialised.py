"""Turns what Celery would publish into a message of the outbox."""

# mypy: allow-untyped-calls

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from celery import Celery
from celery.utils.time import maybe_iso8601, maybe_make_aware
from kombu import serialization
from kombu.compression import compress
from kombu.exceptions import EncodeError, SerializerNotInstalled

from celeriac.publishing.errors import Refused
from celeriac.publishing.message import Message

# Of AMQP's basic properties, those that mean the same whoever sends the message. What else
# stands among `apply_async`'s options kombu drops too.
KEPT = ("correlation_id", "reply_to", "message_id", "timestamp", "type", "app_id", "cluster_id")
PERSISTENT = (None, 2, "persistent")
DELAYED_EXCHANGE = "celery_delayed_"


def message(app: Celery, body: Any, headers: Mapping[str, Any], **options: Any) -> Message:
    """Return the message for the arguments of `kombu.Producer.publish`.

    Raises:
        Refused: an option cannot be kept, or the task's arguments cannot be serialised.

    """
    headers = dict(headers)
    exchange, routing_key = _address(app, headers, options)
    _refuse_options(headers, options)
    body, content_type, content_encoding = _serialise(body, headers, options)
    properties = {name: options[name] for name in KEPT if options.get(name) is not None}
    if options.get("priority") is not None:
        properties["priority"] = options["priority"]
    return Message(
        task_id=headers["id"],
        task=headers["task"],
        exchange=exchange,
        routing_key=routing_key,
        body=body,
        content_type=content_type,
        content_encoding=content_encoding,
        headers=headers,
        properties={**properties, "delivery_mode": 2},
        eta=_time(headers, "eta"),
        expires=_time(headers, "expires"),
    )


def _address(
    app: Celery, headers: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[str, str]:
    """Where the task goes when it is due; the relay computes the delay when it sends."""
    exchange = options.get("exchange")
    name: str = getattr(exchange, "name", exchange) or ""
    routing_key: str = options.get("routing_key") or ""
    expected: str = app.conf.task_default_exchange
    if name.startswith(DELAYED_EXCHANGE):
        return expected, routing_key.rpartition(".")[2]
    if name != expected:
        _refuse(
            headers,
            f"exchange {name!r} is not the tasks' exchange {expected!r}. Name a queue of "
            "celeriac.yml with `queue=`, or no address at all.",
        )
    return expected, routing_key


def _refuse_options(headers: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    if options.get("immediate"):
        _refuse(headers, "immediate=True: RabbitMQ has no such publish. Leave it out.")
    if options.get("delivery_mode") not in PERSISTENT:
        _refuse(headers, "delivery_mode: a transient message is lost at a restart. Leave it out.")
    if options.get("user_id"):
        _refuse(headers, "user_id: the broker knows the relay alone. Use a header.")
    if options.get("expiration") is not None and not headers.get("expires"):
        _refuse(headers, "expiration: write `expires=`, which holds for the outbox too.")
    priority = options.get("priority")
    if priority is not None and not (isinstance(priority, int) and 0 <= priority <= 255):
        _refuse(headers, f"priority={priority!r}: a number from 0 to 255 is wanted.")


def _serialise(
    body: Any, headers: dict[str, Any], options: Mapping[str, Any]
) -> tuple[bytes, str, str]:
    serializer = options.get("serializer")
    try:
        content_type, content_encoding, data = serialization.dumps(body, serializer=serializer)
    except EncodeError as error:
        _refuse(
            headers,
            f"its arguments cannot be serialised as {serializer}: {error}. Pass numbers, texts, "
            "lists and dictionaries; of a row, its key.",
            error,
        )
    except SerializerNotInstalled as error:
        _refuse(headers, f"serializer={serializer!r}: {error}.", error)
    if isinstance(data, str):
        data = data.encode(content_encoding)
    if method := options.get("compression"):
        try:
            data, headers["compression"] = compress(data, method)
        except KeyError as error:
            _refuse(headers, f"compression={method!r}: kombu knows no such method.", error)
    return data, content_type, content_encoding


def _time(headers: Mapping[str, Any], name: str) -> datetime | None:
    """Read as the worker reads it: a time without a zone is UTC."""
    text = headers.get(name)
    if not text:
        return None
    try:
        found: datetime = maybe_make_aware(maybe_iso8601(text))
    except ValueError as error:
        _refuse(headers, f"{name}={text!r} is no time of ISO 8601: {error}.", error)
    return found


def _refuse(headers: Mapping[str, Any], text: str, cause: Exception | None = None) -> NoReturn:
    raise Refused(f"{headers['task']}[{headers['id']}]: {text}") from cause
