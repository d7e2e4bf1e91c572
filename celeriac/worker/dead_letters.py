"""Reads the dead-letter queue, replays letters to the queues they came from, or drops them.

RabbitMQ has no way to look at a queue without taking from it. Whatever is taken and neither
replayed nor dropped goes back when the connection ends: behind what was not taken, so that a
look takes all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from amqp.exceptions import ChannelError, MessageNacked
from celery import Celery
from kombu.entity import Queue
from kombu.messaging import Producer

from celeriac.worker.letter import REPLAYS, UNKNOWN_TASK, Letter, body_of, without_the_brokers

QUEUE = "dead-letters"
_PROPERTIES = ("correlation_id", "reply_to", "priority", "delivery_mode", "message_id", "timestamp")


class NotReplayed(Exception):
    """The letter stays where it is. The text says why."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Fulfils every condition that is given; without any it takes all."""

    task_ids: tuple[str, ...] = ()
    task: str | None = None
    reason: str | None = None
    queue: str | None = None

    def __contains__(self, letter: Letter) -> bool:
        return (
            (not self.task_ids or letter.task_id in self.task_ids)
            and self.task in (None, letter.task)
            and self.reason in (None, letter.reason)
            and self.queue in (None, letter.queue)
        )


class DeadLetters:
    """An open connection to the queue. Use one `DeadLetters` for one pass over it."""

    def __init__(self, app: Celery, connection: Any) -> None:
        self._app = app
        self._connection = connection
        self._taken = connection.channel()
        self._sending = connection.channel()
        self.rest: Iterator[Any] = iter(())  # of those that are there and were not taken yet

    @classmethod
    @contextmanager
    def open(cls, app: Celery) -> Iterator["DeadLetters"]:
        """Connect as this process; raises kombu's OperationalError if no broker answers."""
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, reraise_as_library_errors=True)
            letters = cls(app, connection)
            yield letters
            for _ in letters.rest:
                pass

    def count(self) -> int:
        return int(self._taken.queue_declare(QUEUE, passive=True).message_count)

    def take(self, selection: Selection) -> Iterator[tuple[Letter, Any]]:
        """Yield what is selected of the letters that are there now, the oldest first."""
        self.rest = self._take_all()
        for message in self.rest:
            letter = Letter.of(message)
            if letter in selection:
                yield letter, message

    def _take_all(self) -> Iterator[Any]:
        queue = Queue(QUEUE, channel=self._taken)  # type: ignore[no-untyped-call]
        # A letter that is replayed may die again meanwhile: what comes later is not looked at.
        for _ in range(self.count()):
            message = queue.get(no_ack=False)  # type: ignore[no-untyped-call]
            if message is None:
                return
            yield message

    def replay(self, letter: Letter, message: Any) -> None:
        """Send a copy to the queue it came from; the letter ends when the broker has the copy.

        A run that ends between the two leaves both. The copy is as new: with deliveries and
        put-backs uncounted, and without an expiry that has passed.

        Raises:
            NotReplayed: the broker did not take it.

        """
        headers = without_the_brokers(message.headers)
        headers.pop(UNKNOWN_TASK, None)
        headers[REPLAYS] = letter.replays + 1
        if letter.expires and letter.expires < datetime.now(UTC):
            headers["expires"] = None
        try:
            self._publish(letter, message, headers)
        except (ChannelError, MessageNacked) as error:
            if not self._sending.is_open:
                self._sending = self._connection.channel()
            raise NotReplayed(f"the broker does not take it: {error}") from error
        message.ack()

    def drop(self, message: Any) -> None:
        message.ack()

    def _publish(self, letter: Letter, message: Any, headers: dict[str, Any]) -> None:
        given = message.properties
        producer = Producer(self._sending)  # type: ignore[no-untyped-call]
        producer.publish(  # type: ignore[no-untyped-call]
            body_of(message),
            exchange=self._app.conf.task_default_exchange,
            routing_key=letter.queue,
            # Without a type kombu would serialise the body once more.
            content_type=message.content_type or "application/octet-stream",
            content_encoding=message.content_encoding or "binary",
            headers=headers,
            mandatory=True,
            retry=False,
            **{name: given[name] for name in _PROPERTIES if name in given},
        )
