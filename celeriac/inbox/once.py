"""The task option `once`: its effects in the database happen once per task id.

    @shared_task(once=True)
    def book(order_id): ...

The run is one transaction on the outbox's database: the task's id, what the task does there, what
it publishes through the outbox, and its return value. A message that is delivered again returns
that value, and Celery publishes what follows it under the same ids as before. A retry, a
replacement and an error roll all of it back, so that the next run is the first.
"""

import functools
import logging
import random
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from celery import Task
from celery.exceptions import TaskPredicate
from django.db import Error, connections, transaction
from kombu.serialization import dumps, loads, prepare_accept_content

from celeriac.inbox import entries
from celeriac.inbox.entries import Busy, Stored
from celeriac.publishing import transactions
from celeriac.publishing.errors import Refused
from celeriac.publishing.settings import OutboxSettings
from celeriac.worker.given_back import GivenBack, outside_the_task

logger = logging.getLogger(__name__)

# Each run writes one entry and, once in so many, forgets many times more of the old.
CLEAN_EVERY = 100

Run = Callable[..., Any]
_running: ContextVar[str | None] = ContextVar("celeriac_once", default=None)


def once(task: Task, run: Run) -> Run:
    """Return `run` as the body of a task with the option.

    Called as a function, or from itself through `super()`, it stays a function.
    """

    @functools.wraps(run)
    def run_once(*args: Any, **kwargs: Any) -> Any:
        request = task.request
        if request.called_directly or _running.get() == request.id:
            return run(*args, **kwargs)
        token = _running.set(request.id)
        try:
            return _in_transaction(task, functools.partial(run, *args, **kwargs))
        finally:
            _running.reset(token)

    return run_once


def _in_transaction(task: Task, run: Run) -> Any:
    alias = OutboxSettings.read().database
    eager = task.request.is_eager
    if not eager and transactions.is_open(alias):
        raise Refused(
            f"{task.name}: once=True needs a transaction of its own, and one is open on database "
            f"{alias!r}, so its commit is not this task's. Open it within the task: look at "
            "`__call__` and `before_start` of its class, and at decorators."
        )
    body = _Body(task, run, alias)
    try:
        with transaction.atomic(using=alias):
            value = body()
    except TaskPredicate:
        raise  # A retry or replacement is on its way already.
    except Exception as error:
        if body.lost_its_connection if body.running else outside_the_task(error):
            # Nothing has happened or, where COMMIT was not answered, all of it: the next
            # delivery finds out.
            raise GivenBack.because(error) from error
        raise
    if not eager and random.random() < 1 / CLEAN_EVERY:  # noqa: S311 (not a secret)
        _clean(alias)
    return value


class _Body:
    """What stands between BEGIN and COMMIT."""

    def __init__(self, task: Task, run: Run, alias: str) -> None:
        self._task = task
        self._run = run
        self._alias = alias
        self.running = False  # the task's own code
        self._session: Any = None

    def __call__(self) -> Any:
        task, alias = self._task, self._alias
        task_id = task.request.id
        try:
            stored = entries.begin(alias, task_id, task.name)
        except Busy:
            raise GivenBack("another worker runs it just now", True) from None
        if stored is not None:
            logger.info("%s[%s]: done before; its stored value is returned", task.name, task_id)
            return _loads(task, stored)
        self._session = connections[alias].connection
        self.running = True
        value = self._run()
        self.running = False
        entries.finish(alias, task_id, _dumps(task, value))
        return value

    @property
    def lost_its_connection(self) -> bool:
        """Asked after the transaction: Django has closed a dead connection and made another."""
        return connections[self._alias].connection is not self._session


def _dumps(task: Task, value: Any) -> Stored:
    """Raises kombu's EncodeError, with which the task fails before anything has happened."""
    serializer = task.app.conf.result_serializer
    content_type, content_encoding, text = dumps(value, serializer)  # type: ignore[no-untyped-call]
    content = text.encode() if isinstance(text, str) else bytes(text)
    return Stored(content_type, content_encoding, content)


def _loads(task: Task, stored: Stored) -> Any:
    conf = task.app.conf
    names = conf.result_accept_content or conf.accept_content
    accept = prepare_accept_content(names)  # type: ignore[no-untyped-call]
    return loads(  # type: ignore[no-untyped-call]
        stored.value, stored.content_type, stored.content_encoding, accept=accept
    )


def _clean(alias: str) -> None:
    try:
        entries.clean(alias)
    except Error as error:
        logger.warning("The inbox was not cleaned: %s", error)


class Once:
    """Gives a task class the option. Comes before Celery's Task among the bases."""

    once: bool = False

    def __new__(cls, *args: Any, **kwargs: Any) -> "Once":
        task: Any = super().__new__(cls)
        if cls.once:
            # Before Celery wraps `run` for autoretry, which so sees an error of COMMIT, too.
            task.run = once(task, task.run)
        return task  # type: ignore[no-any-return]
