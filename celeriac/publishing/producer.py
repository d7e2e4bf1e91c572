"""The producer that Celery publishes tasks with, of a process that has an outbox."""

# mypy: allow-untyped-calls

from types import SimpleNamespace, TracebackType
from typing import Any

from celery import Celery
from kombu.messaging import Producer
from kombu.pools import ProducerPool

from celeriac.publishing import outbox, serialised, transactions
from celeriac.publishing.errors import Refused
from celeriac.publishing.message import Message
from celeriac.publishing.settings import OutboxSettings


class OutboxProducer(Producer):
    """Writes tasks into the outbox, and sends everything else, as remote control's, to the broker.

    Tasks that are published while the producer is held, as those of a group are, reach the table
    together when it is released: one statement, and in autocommit all of them or none. It
    connects to the broker only for what is no task.
    """

    def __init__(self, app: Celery, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._app = app
        self._waiting: list[Message] = []
        self._transaction: object | None = None

    def begin(self) -> None:
        self._waiting = []
        self._transaction = transactions.innermost(OutboxSettings.read().database)

    def publish(self, body: Any, **options: Any) -> Any:  # type: ignore[override]
        headers = options.get("headers") or {}
        if "task" not in headers:
            return super().publish(body, **options)
        message = serialised.message(self._app, body, **options)
        if self._in_same_transaction():
            self._waiting.append(message)
        else:
            outbox.write([message])
        return None

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and not self._in_same_transaction():
            raise Refused(
                f"{waiting[0].task}: its producer was released in another transaction than it "
                "was acquired in. Release it within the block; nothing was written."
            )
        outbox.write(waiting)

    def _in_same_transaction(self) -> bool:
        return transactions.innermost(OutboxSettings.read().database) is self._transaction

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._waiting = []
        self.release()


class OutboxPool(ProducerPool):
    """Lends producers for the outbox; their connections to the broker stay closed."""

    def __init__(self, app: Celery, connections: Any, limit: int | None) -> None:
        self._app = app
        super().__init__(connections, limit=limit)
        # Celery asks it whether to delay through the broker, and would compute the delay now,
        # and refuse one below a second. The relay does that when it sends.
        not_amqp = SimpleNamespace(transport=SimpleNamespace(driver_type="outbox"))
        self.connections = SimpleNamespace(connection=not_amqp, acquire=connections.acquire)

    def create_producer(self) -> OutboxProducer:
        connection = self._acquire_connection()
        return OutboxProducer(self._app, connection)

    def prepare(self, p: Any) -> OutboxProducer:
        producer: OutboxProducer = super().prepare(p)
        producer.begin()
        return producer

    def release(self, resource: OutboxProducer) -> None:
        try:
            resource.flush()
        finally:
            super().release(resource)
