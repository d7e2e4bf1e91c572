"""A task's message in the worker's main process: how it goes back to its queue."""

import logging
from typing import Any

from billiard.einfo import ExceptionInfo, ExceptionWithTraceback
from celery.exceptions import TimeLimitExceeded
from celery.worker import state
from celery.worker.request import Request
from celery.worker.state import task_ready, task_scheduled
from django.db import close_old_connections

from celeriac.worker.given_back import GivenBack
from celeriac.worker.pauses import PAUSES

logger = logging.getLogger(__name__)

# RabbitMQ counts in this header of a quorum queue's message; the first delivery has none.
DELIVERIES = "x-delivery-count"


def pause(message: Any) -> int:
    """Return the seconds for which a received message is held before it goes back."""
    deliveries = int(message.headers.get(DELIVERIES) or 0)
    return PAUSES[min(deliveries, len(PAUSES) - 1)]


class GivingBack(Request):  # type: ignore[misc]
    """Comes before Celery's Request, or an application's own, in a class made by `request_class`."""

    celeriac_consumer: Any
    celeriac_connection: Any

    def on_failure(
        self, exc_info: ExceptionInfo, send_failed_event: bool = True, return_ok: bool = False
    ) -> None:
        error = exc_info.exception
        if isinstance(error, ExceptionWithTraceback):
            error = error.exc
        if isinstance(error, GivenBack):
            task_ready(self)
            self.give_back(error)
            return
        if isinstance(error, TimeLimitExceeded):
            # The pool calls on_timeout next. That stores the failure and then acknowledges; here
            # Celery would acknowledge first, and publish the errbacks twice.
            return
        self._or_give_back(super().on_failure, exc_info, send_failed_event, return_ok)

    def on_timeout(self, soft: bool, timeout: float) -> None:
        self._or_give_back(super().on_timeout, soft, timeout)

    def give_back(self, reason: BaseException) -> None:
        """Hold the message for a while, then give it back to its queue."""
        if self.celeriac_consumer.connection is not self.celeriac_connection:
            return  # The broker took it back itself when the connection was lost.
        seconds = pause(self.message)
        logger.warning("%s goes back to its queue in %d s: %s", self.humaninfo(), seconds, reason)
        # Some pools call from a thread of theirs; timers belong to the loop's.
        self.celeriac_consumer.call_soon(self._hold, seconds)

    def _hold(self, seconds: float) -> None:
        timer = self.celeriac_consumer.timer
        # Where Celery keeps tasks that are not due yet: a lost connection, on which the broker
        # takes the message back itself, then ends the wait.
        self._eta_timer_entry = timer.call_after(seconds, self._go_back)
        task_scheduled(self)

    def _go_back(self) -> None:
        state.scheduled_requests.discard(self)
        state.requests.pop(self.id, None)
        self.reject(requeue=True)

    def _or_give_back(self, handle: Any, *arguments: Any) -> None:
        """Celery's handlers store results; where that fails the message is not settled yet.

        In the worker's main process nothing else replaces a connection that the database closed:
        Django does so between requests, Celery's own fixup between the tasks of a child.
        """
        close_old_connections()
        try:
            handle(*arguments)
        except Exception as error:
            if self.acknowledged:
                raise
            self.give_back(error)

    def _announce_revoked(self, *arguments: Any) -> None:
        self._or_give_back(super()._announce_revoked, *arguments)

    def _success_was_stored(self) -> Any:
        # Celery stores a success first and counts it for the chord after that. A child that
        # died in between has to run again, or its chord waits for ever.
        return False if self.chord else super()._success_was_stored()


def request_class(base: type, consumer: Any) -> type:
    """Return `base` with `GivingBack` for the messages of a consumer's present connection."""
    present = {"celeriac_consumer": consumer, "celeriac_connection": consumer.connection}
    return type(base.__name__, (GivingBack, base), present)
