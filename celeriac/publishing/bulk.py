"""Publishes one task many times: thousands of messages a second instead of hundreds."""

# mypy: allow-untyped-calls

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Task
from celery.utils import uuid
from celery.utils.saferepr import saferepr
from kombu import serialization

from celeriac import runtime
from celeriac.publishing import outbox, sending
from celeriac.publishing.message import Message
from celeriac.publishing.nodes import BrokerAwayError, Nodes
from celeriac.publishing.pipeline import ConnectionLostError, Pipeline
from celeriac.publishing.report import Fate, Outcome, Report

# The messages of a direct publish that are encoded and sent at a time.
_AT_ONCE = 5000

Arguments = Sequence[Any] | Mapping[str, Any]


def publish_many(
    task: Task,
    arguments: Iterable[Arguments],
    *,
    queue: str | None = None,
    countdown: float | None = None,
    eta: datetime | None = None,
    expires: float | datetime | None = None,
    headers: Mapping[str, Any] | None = None,
) -> Report:
    """Publish the task once for each of the arguments; return what became of each message.

        report = publish_many(remind, [(user.id,) for user in users])
        report.raise_if_incomplete()

    In a process that is `via: outbox` the messages are rows of the open transaction, many in one
    statement, and their fate is STORED. In one that is `direct` they are sent now, over a
    connection of their own, and the report tells them apart by what the broker said of each.
    It raises nothing when the broker fails: look at the report. A task whose fate is UNKNOWN
    may run; published again, it may run twice.

    Celery's signals before and after a publish are not sent, and nothing is linked to the tasks.

    Args:
        task: of this application.
        arguments: a tuple or list of positional arguments, or a mapping of keyword arguments,
            for each message.
        queue: other than the task's own.
        countdown: seconds until the tasks are due.
        eta: when they are due, with a time zone.
        expires: seconds from now or a time after which they do not run any more; by default the
            task's own.
        headers: further headers of each message.

    Raises:
        celeriac.publishing.errors.Refused: in an outbox, what `outbox.write` refuses.
        django.db.Error: in an outbox, the database did not take them.

    """
    ends = _moment(task.expires if expires is None else expires)
    messages = list(_messages(task, arguments, queue, _due(countdown, eta), ends, headers or {}))
    outcomes = _store(messages) if runtime.publishing().via_outbox else _send(task, messages)
    return Report([message.task_id for message in messages], outcomes)


def _due(countdown: float | None, eta: datetime | None) -> datetime | None:
    return eta if countdown is None else _moment(countdown)


def _moment(value: float | datetime | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.now(UTC) + timedelta(seconds=value)


def _messages(
    task: Task,
    arguments: Iterable[Arguments],
    queue: str | None,
    eta: datetime | None,
    expires: datetime | None,
    headers: Mapping[str, Any],
) -> Iterator[Message]:
    """Celery makes the first message; the others differ in what stands in `own` alone."""
    app = task.app
    options: dict[str, Any] = {**task._get_exec_options(), **({"queue": queue} if queue else {})}
    serializer = options.get("serializer") or app.conf.task_serializer
    limits = {name: options.get(name) for name in ("time_limit", "soft_time_limit")}
    target = app.amqp.router.route(options, task.name, (), {}, task)["queue"]
    parent = app.current_worker_task
    first = app.amqp.as_task_v2(
        "",
        task.name,
        eta=eta,
        expires=expires,
        parent_id=parent.request.id if parent else None,
        reply_to=app.thread_oid,
        ignore_result=task.ignore_result,
        **limits,
    )
    properties = {**first.properties, "delivery_mode": 2, "priority": options.get("priority") or 0}
    shared = {**first.headers, **headers}
    later = first.body[2]
    for each in arguments:
        args, kwargs = ((), each) if isinstance(each, Mapping) else (each, {})
        task_id = uuid()
        own = {
            "id": task_id,
            "root_id": (parent.request.root_id or parent.request.id) if parent else task_id,
            "argsrepr": saferepr(args, app.amqp.argsrepr_maxsize),
            "kwargsrepr": saferepr(kwargs, app.amqp.kwargsrepr_maxsize),
        }
        content_type, encoding, body = serialization.dumps((args, kwargs, later), serializer)
        yield Message(
            task_id=task_id,
            task=task.name,
            exchange=target.exchange.name,
            routing_key=target.routing_key,
            body=body.encode(encoding) if isinstance(body, str) else body,
            content_type=content_type,
            content_encoding=encoding,
            headers={**shared, **own},
            properties={**properties, "correlation_id": task_id},
            eta=eta,
            expires=expires,
        )


def _store(messages: Sequence[Message]) -> Sequence[Outcome]:
    outbox.write(messages)
    return [Outcome(Fate.STORED)] * len(messages)


def _send(task: Task, messages: Sequence[Message]) -> Sequence[Outcome]:
    try:
        pipeline = Pipeline(Nodes(task.app).connect())
    except (BrokerAwayError, ConnectionLostError) as error:
        return [Outcome(Fate.UNSENT, str(error))] * len(messages)
    outcomes: list[Outcome] = []
    try:
        for start in range(0, len(messages), _AT_ONCE):
            part = messages[start : start + _AT_ONCE]
            outcomes += pipeline.send([sending.outgoing(message) for message in part])
            if pipeline.lost or pipeline.blocked:
                break
    finally:
        pipeline.close()
    rest = Outcome(Fate.UNSENT, pipeline.lost or "the broker is blocked")
    return outcomes + [rest] * (len(messages) - len(outcomes))
