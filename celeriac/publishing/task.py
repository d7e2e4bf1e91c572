"""The class of an application's tasks."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from celery.app.task import Task as CeleryTask
from celery.canvas import Signature
from celery.contrib.django.task import DjangoTask
from celery.exceptions import Ignore, Reject
from kombu.exceptions import EncodeError

from celeriac import runtime
from celeriac.inbox.once import Once
from celeriac.publishing import transactions
from celeriac.publishing.errors import NotAccepted
from celeriac.publishing.settings import OutboxSettings

# The call itself is wrong: to run the task once more would not help.
WRONG = (ValueError, TypeError, LookupError, EncodeError)

REMEDY = "Derive it from celeriac.publishing.task.Task instead of Celery's."


class Task(Once, DjangoTask):  # type: ignore[misc]
    """Celery's task, whose retry or replacement is kept whatever becomes of its transaction.

    Through the outbox it is committed at once: the exception that ends the task also rolls an
    open transaction back. What a task publishes otherwise belongs to its transaction.
    """

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        """As `delay`: the outbox's row is written now and counts from the commit.

        Returns a result with the task's id; None where this process is not `via: outbox`.
        """
        return self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **kwargs: Any) -> Any:
        if runtime.publishing().via_outbox and not self.app.conf.task_always_eager:
            return self.apply_async(*args, **kwargs)
        return super().apply_async_on_commit(*args, **kwargs)

    def retry(self, *args: Any, **options: Any) -> Any:
        """Raise Retry, as Celery does.

        Raises:
            NotAccepted: the retry could not be kept. The worker gives this run back instead.

        """
        try:
            with _independent():
                return super().retry(*args, **options)
        except Reject as rejected:
            if isinstance(rejected.reason, WRONG):
                raise
            raise NotAccepted(f"{self.name}[{self.request.id}]: {rejected.reason}") from rejected

    def on_replace(self, sig: Signature) -> Any:
        if self.request.is_eager:
            return super().on_replace(sig)
        try:
            with _independent():
                return super().on_replace(sig)
        except (Ignore, *WRONG):
            raise
        except Exception as error:
            raise NotAccepted(f"{self.name}[{self.request.id}]: {error}") from error


def foreign(task: CeleryTask) -> str:
    """Say what is wrong with a task of another class."""
    own = next(base for base in type(task).__mro__ if base.__name__ != type(task).__name__)
    return (
        f"{task.name}: its class {own.__module__}.{own.__qualname__} is not derived from "
        "celeriac.publishing.task.Task, so that its retry could be lost."
    )


def _independent() -> AbstractContextManager[None]:
    if runtime.publishing().via_outbox:
        return transactions.independent(OutboxSettings.read().database)
    return nullcontext()
