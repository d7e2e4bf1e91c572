"""The canary: a task by which a deploy sees that a new worker does what workers do.

It comes through the exchange of all tasks to the worker's own queue, runs in the worker's pool,
asks the database, and leaves its answer in the unit's RuntimeDirectory, where the deploy looks
for it. So it needs no result backend, and the worker no right to publish.

The old release's worker in the same place may read the same queue. A canary says for which
release it is: another's worker gives it back and reads the queue no more.
"""

import json
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.entity import Exchange, Queue

logger = logging.getLogger(__name__)

NAME = "celeriac.canary"
# Environment variable with the name of the worker's own queue.
QUEUE = "CELERIAC_CANARY"
# Headers of the message: the release that it is for, and the one process of that release (as
# systemd counts its runs) that it is not for, because it is about to be restarted.
RELEASE, NOT_FOR = "celeriac-release", "celeriac-not-for"
# File in the RuntimeDirectory: {"canary": id, "error": what went wrong, or null}.
ANSWER = "canary.json"
# Seconds for the database, and for the whole task where the pool can enforce it.
SOFT_TIME_LIMIT, TIME_LIMIT = 30, 40
# Seconds after a canary in which it may come again, because the connection was lost.
READ_FOR = 60


def install(app: Celery) -> None:
    """Give an application the task, and its workers the queue that CELERIAC_CANARY names."""
    app.task(
        answer,
        name=NAME,
        shared=False,
        # Not even that it began, or that it failed: without a database it must come to its answer.
        ignore_result=True,
        track_started=False,
        store_errors_even_if_ignored=False,
        soft_time_limit=SOFT_TIME_LIMIT,
        time_limit=TIME_LIMIT,
        Strategy=f"{__name__}:strategy",
    )
    signals.celeryd_after_setup.connect(_read_first)


def answer(canary: str) -> None:
    """Ask the database, as any task might, and tell the deploy."""
    try:
        _ask_database()
    except Exception as error:
        _write(canary, f"{type(error).__name__}: {error}")
        raise
    _write(canary, None)


def strategy(task: Any, app: Celery, consumer: Any, **options: Any) -> Callable[..., None]:
    """Return what the worker's main process does with a canary that it receives."""
    from celery.worker.strategy import default

    run = default(task, app, consumer, **options)
    queue, connection = os.environ.get(QUEUE, ""), consumer.connection

    def stop_reading() -> None:
        # After a lost connection it is read again, until the canary has come again.
        if consumer.connection is connection:
            consumer.cancel_task_queue(queue)

    def give_back(message: Any) -> None:
        if consumer.connection is connection:
            # In this order, or it would come here again.
            stop_reading()
            message.reject_log_error(logger, consumer.connection_errors, True)

    def handle(message: Any, body: Any, ack: Any, reject: Any, callbacks: Any) -> None:
        if not meant_for(message.headers, os.environ):
            logger.info("A canary of release %s goes back", message.headers.get(RELEASE))
            consumer.call_soon(give_back, message)
            return
        # The next deploy's canary is for another process. One of a pool without children may be
        # busy with a long task by then, and could not give it back.
        consumer.timer.call_after(READ_FOR, consumer.call_soon, (stop_reading,))
        run(message, body, ack, reject, callbacks)

    return handle


def meant_for(headers: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Whether a canary with these headers is for the process with this environment."""
    release, run = environment.get("CELERIAC_RELEASE"), environment.get("INVOCATION_ID")
    return headers.get(RELEASE) == release and not (run and headers.get(NOT_FOR) == run)


def _read_first(instance: Any, **_: Any) -> None:
    """Read the worker's own queue, before the others.

    The canary is sent before the worker starts. So it runs while the pool is still free, and does
    not wait for the first real tasks to end, which may take hours.
    """
    name = os.environ.get(QUEUE)
    if not name:
        return
    queues, conf = instance.app.amqp.queues, instance.app.conf
    others = list(queues.consume_from)
    exchange = Exchange(  # type: ignore[no-untyped-call]
        conf.task_default_exchange, type=conf.task_default_exchange_type, no_declare=True
    )
    queues.add(
        Queue(name, exchange, routing_key=name, no_declare=True)  # type: ignore[no-untyped-call]
    )
    queues.select([name, *others])


def _ask_database() -> None:
    from django.db import DEFAULT_DB_ALIAS, connections

    connection = connections[DEFAULT_DB_ALIAS]
    # What Django puts there where the settings have no database.
    if connection.settings_dict["ENGINE"] == "django.db.backends.dummy":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _write(canary: str, error: str | None) -> None:
    """Put it there at once, since the deploy may look at any moment."""
    file = Path(os.environ["RUNTIME_DIRECTORY"], ANSWER)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps({"canary": canary, "error": error}), encoding="utf-8")
    draft.replace(file)
