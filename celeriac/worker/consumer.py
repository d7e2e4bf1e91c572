"""Celery's consumer, which loses no message that it cannot run."""

import logging
from typing import Any

from celery import signals
from celery.exceptions import ImproperlyConfigured
from celery.utils.imports import symbol_by_name
from celery.worker.consumer import Consumer as CeleryConsumer
from django.db import close_old_connections

from celeriac.inbox.once import Once
from celeriac.publishing.errors import Refused
from celeriac.worker import results, tracing, unknown
from celeriac.worker.request import pause, request_class

logger = logging.getLogger(__name__)

DECLARING_STEP = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class Consumer(CeleryConsumer):  # type: ignore[misc]
    """Messages it cannot run are put back or go to the dead letters, none is dropped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        results.install(self.app)
        # A child makes its tracers itself, and then sends this signal.
        signals.worker_process_init.connect(self._on_child, weak=False)

    def _on_child(self, **_: Any) -> None:
        tracing.install(self.app, self.hostname)

    def connection_for_read(self, heartbeat: Any = None) -> Any:
        """Without the timeouts that bound a publish: no task may come for long."""
        waiting = {"read_timeout": None, "write_timeout": None}
        return self.ensure_connected(
            self.app.connection_for_read(heartbeat=heartbeat, transport_options=waiting)
        )

    def update_strategies(self) -> None:
        for task in self.app.tasks.values():
            if getattr(task, "once", False) and not isinstance(task, Once):
                raise ImproperlyConfigured(
                    f"{task.name}: once=True is an option of celeriac.publishing.task.Task, from "
                    f"which {type(task).__mro__[1].__qualname__} is not derived. Derive it."
                )
            task.Request = request_class(symbol_by_name(type(task).Request), self)
        super().update_strategies()
        # For pools without children.
        tracing.install(self.app, self.hostname)

    def on_unknown_task(self, body: Any, message: Any, exc: KeyError) -> None:
        """Put it back for some minutes, then let Celery reject it to the dead letters."""
        name, seconds = message.headers.get("task"), unknown.delay(message)
        if name is None or seconds is None:
            self._reject_unknown(body, message, exc)
            return
        # As in GivingBack: nothing else replaces one of the main process that the database closed.
        close_old_connections()
        try:
            unknown.put_back(self.app, message, seconds)
        except Refused as error:
            logger.error("%s", error)  # noqa: TRY400 (the text says it all)
            self._reject_unknown(body, message, exc)
        except Exception as error:
            held = pause(message)
            logger.warning("%s is unknown; tried again in %d s: %r", name, held, error)
            self.timer.call_after(
                held, message.reject_log_error, (logger, self.connection_errors, True)
            )
        else:
            logger.warning(
                "%s[%s]: this release has no such task; put back for %d s",
                name,
                message.headers.get("id"),
                seconds,
            )
            message.ack_log_error(logger, self.connection_errors)

    def _reject_unknown(self, body: Any, message: Any, exc: KeyError) -> None:
        try:
            super().on_unknown_task(body, message, exc)
        except Exception:
            # It is rejected by then; what failed is the note of it among the results.
            logger.exception("The result of an unknown task was not stored")

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Celery acknowledges what it cannot read; here it goes to the dead letters."""
        logger.error(
            "Cannot read a message of %s (%s); it goes to the dead letters: %s",
            message.headers.get("task"),
            message.content_type,
            exc,
        )
        message.reject_log_error(logger, self.connection_errors)


class DeclaredConsumer(Consumer):
    """The consumer where the deploy has declared every exchange, queue and binding.

    Celery's step that declares delayed delivery would log CRITICAL at each start and carry on:
    the broker user of a pool may not configure anything.
    """

    class Blueprint(CeleryConsumer.Blueprint):  # type: ignore[misc]
        """Celery's steps but one."""

        default_steps = [
            step for step in CeleryConsumer.Blueprint.default_steps if step != DECLARING_STEP
        ]
