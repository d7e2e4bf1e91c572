"""How a worker's child runs a task: as Celery does, but what fails around it is no failure of it.

Celery marks a task as failed, and acknowledges its message, when the publishing of its chain,
callback or errback fails or its result cannot be stored. Here the message is given back.
"""

import logging
from collections.abc import Callable
from typing import Any

from billiard.einfo import ExceptionInfo
from celery import Celery
from celery.app.trace import TraceInfo, build_tracer, trace_ok_t
from celery.exceptions import Reject
from celery.states import REJECTED, RETRY

from celeriac.publishing.errors import NotAccepted
from celeriac.worker.given_back import GivenBack, is_transient, outside_the_task

logger = logging.getLogger(__name__)


def install(app: Celery, hostname: str) -> None:
    """Give every task of this process its tracer. Celery's own were made just before."""
    app.amqp._retry_publish = _continuing(app)
    for name, task in app.tasks.items():
        task.__trace__ = _tracer(app, name, task, hostname)


class Outcome(TraceInfo):  # type: ignore[misc]
    """What Celery does about a task that raised, unless the error is none of the task's."""

    __slots__ = ()

    def handle_error_state(
        self, task: Any, req: Any, eager: bool = False, call_errbacks: bool = True
    ) -> ExceptionInfo:
        error = self.retval
        # Celery takes the request away before it comes to errors of its own.
        around_it = task.request_stack.top is not req and outside_the_task(error)
        if around_it or isinstance(error, NotAccepted):
            raise GivenBack.because(error)
        try:
            return super().handle_error_state(task, req, eager, call_errbacks)
        except GivenBack:
            raise
        except Exception as failure:
            if self.state == RETRY:
                # The next try is on its way, and its message must not become two.
                logger.warning("%s[%s]: its retry was not noted: %r", task.name, req.id, failure)
                return ExceptionInfo((type(error), error, error.__traceback__))
            if outside_the_task(failure):
                raise GivenBack.because(failure) from failure
            raise


def _continuing(app: Celery) -> Callable[..., Any]:
    """Return what publishes a task's callbacks and the rest of its chain."""
    publish_as_celery = type(app.amqp)._retry_publish

    def publish(*args: Any, **kwargs: Any) -> Any:
        try:
            return publish_as_celery(app.amqp, *args, **kwargs)
        except Exception as error:
            if is_transient(error):
                raise GivenBack.because(error) from error
            raise

    return publish


def _tracer(app: Celery, name: str, task: Any, hostname: str) -> Callable[..., Any]:
    trace = build_tracer(name, task, app.loader, hostname, app=app, Info=Outcome)

    def trace_task(uuid: str, args: Any, kwargs: Any, request: Any = None) -> Any:
        try:
            outcome = trace(uuid, args, kwargs, request)
        except GivenBack as verdict:
            return _rejected(verdict)
        if outcome.info is None and isinstance(outcome.retval, ExceptionInfo):
            # Celery could not even begin, and would acknowledge the message as done.
            return _rejected(Reject(str(outcome.retval.exception), requeue=False))
        return outcome

    return trace_task


def _rejected(verdict: Reject) -> Any:
    try:
        raise verdict
    except Reject:
        return trace_ok_t(ExceptionInfo(), TraceInfo(REJECTED, verdict), 0.0, None)
