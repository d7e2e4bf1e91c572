"""Messages whose task this release does not know: put back for later, for a bounded time.

While a deploy goes on, a worker of the old release may get a task of the new one. The message is
sent again with a delay, so that it blocks nothing, and a newer worker finds it. After the last
delay it goes to the dead letters, where a header of it tells why.
"""

from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from django.utils import timezone
from kombu.entity import Exchange
from kombu.transport.native_delayed_delivery import calculate_routing_key

from celeriac import runtime
from celeriac.publishing import outbox
from celeriac.publishing.message import Message
from celeriac.worker.letter import UNKNOWN_TASK, body_of, without_the_brokers

# Seconds, one for each time that it is put back: ten minutes in all.
DELAYS = (5, 10, 20, 40, 60, 60, 60, 60, 60, 60, 60, 60, 45)
_PROPERTIES = ("correlation_id", "reply_to", "priority", "delivery_mode")
_DELAYED = Exchange("celery_delayed_27", type="topic", no_declare=True)  # type: ignore[no-untyped-call]


def delay(received: Any) -> int | None:
    """Return the seconds until the message's next try, or None after the last."""
    times = _times(received)
    return DELAYS[times] if times < len(DELAYS) else None


def put_back(app: Celery, received: Any, seconds: int) -> None:
    """Send a copy that is due in some seconds; it is safe when this returns.

    Raises what publishing raises: django.db.Error, Refused, or the broker's errors.
    """
    copy = _copy(app, received, seconds)
    if runtime.publishing().via_outbox:
        outbox.write([copy], independent=True)
    else:
        _publish(app, copy, seconds)


def _times(received: Any) -> int:
    return int(received.headers.get(UNKNOWN_TASK) or 0)


def _copy(app: Celery, received: Any, seconds: int) -> Message:
    headers = without_the_brokers(received.headers)
    expires = headers.get("expires")
    return Message(
        task_id=headers["id"],
        task=headers["task"],
        exchange=app.conf.task_default_exchange,
        # A delayed message carries its delay before the queue's key, which has no dot.
        routing_key=received.delivery_info["routing_key"].rpartition(".")[2],
        body=body_of(received),
        content_type=received.content_type,
        content_encoding=received.content_encoding,
        headers=headers | {UNKNOWN_TASK: _times(received) + 1},
        properties={
            name: received.properties[name] for name in _PROPERTIES if name in received.properties
        },
        eta=timezone.now() + timedelta(seconds=seconds),
        expires=datetime.fromisoformat(expires) if expires else None,
    )


def _publish(app: Celery, copy: Message, seconds: int) -> None:
    with app.producer_or_acquire() as producer:
        producer.publish(
            copy.body,
            exchange=_DELAYED,
            routing_key=calculate_routing_key(seconds, copy.routing_key),
            content_type=copy.content_type,
            content_encoding=copy.content_encoding,
            headers=copy.headers,
            mandatory=True,
            retry=False,
            **copy.properties,
        )
