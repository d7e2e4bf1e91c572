"""How an application makes and publishes messages: Celery's own way, with three differences.

In a process that is `via: outbox` a task is written into the outbox instead of being sent. In
every process the tasks that a message starts later have their ids from the beginning.
"""

from collections.abc import Callable
from typing import Any

from celery.app import amqp as celery_amqp
from kombu import pools

from celeriac import runtime
from celeriac.publishing import canvas
from celeriac.publishing.errors import Refused
from celeriac.publishing.task import REMEDY, Task, foreign


class AMQP(celery_amqp.AMQP):  # type: ignore[misc]
    """Installed by `celeriac.runtime.configure`."""

    _producer_pool: Any

    @property
    def producer_pool(self) -> Any:
        if self._producer_pool is None and runtime.publishing().via_outbox:
            from celeriac.publishing.producer import OutboxPool

            self._producer_pool = OutboxPool(
                self.app, pools.connections[self.app.connection_for_write()], self.app.pool.limit
            )
        return super().producer_pool

    publisher_pool = producer_pool

    def as_task_v1(self, *_: Any, **__: Any) -> celery_amqp.task_message:
        raise Refused(
            "task_protocol = 1: the outbox keeps messages of protocol 2. Remove "
            "CELERY_TASK_PROTOCOL from the settings."
        )

    def as_task_v2(
        self, task_id: str, name: str, *arguments: Any, **options: Any
    ) -> celery_amqp.task_message:
        task = self.app.tasks.get(name)
        if task is not None and not isinstance(task, Task):
            raise Refused(f"{foreign(task)} {REMEDY}")
        message = super().as_task_v2(task_id, name, *arguments, **options)
        args, kwargs, later = message.body
        return message._replace(body=(args, kwargs, canvas.with_ids(later, task_id)))

    def _create_task_sender(self) -> Callable[..., Any]:
        send = super()._create_task_sender()

        def send_task_message(producer: Any, name: str, message: Any, **options: Any) -> Any:
            if runtime.publishing().via_outbox:
                _refuse_others(producer, name)
            return send(producer, name, message, **options)

        return send_task_message


def _refuse_others(producer: Any, name: str) -> None:
    from celeriac.publishing.producer import OutboxProducer

    if not isinstance(producer, OutboxProducer):
        raise Refused(
            f"{name}: it was given a connection or a producer of its own, and this process "
            "publishes through the outbox. Leave `connection=` and `producer=` out, or take the "
            "producer from `app.producer_pool`."
        )
