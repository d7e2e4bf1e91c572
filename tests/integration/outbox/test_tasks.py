"""What a running task publishes: its retry and its replacement stay, whatever its block does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from celery import Celery, Task, chord, states
from celery.app.trace import build_tracer
from celery.exceptions import Reject
from django.apps import apps
from django.db import connection, transaction

from celeriac.publishing.errors import NotAccepted
from tests.integration.outbox.rows import Rows

Run = Callable[[Callable[[Task], object]], str]
BLOCKS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "no block": nullcontext,
    "a transaction": transaction.atomic,
}


@pytest.fixture
def run(application: Celery) -> Run:
    """Run a task's body as a worker's child does; return the state that it ends with."""
    task = application.tasks["tests.integration.outbox.tasks.act"]

    def run(body: Callable[[Task], object], **request: Any) -> str:
        tracer = build_tracer(task.name, task, app=application)
        task_id = str(uuid.uuid4())
        request = {"id": task_id, "delivery_info": {}, **request}
        return tracer(task_id, (body,), {}, request).info.state

    return run


@pytest.fixture(params=BLOCKS)
def block(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[Any]]:
    return BLOCKS[request.param]


def orders() -> Any:
    return apps.get_model("orders", "Order").objects


def test_a_retry_stays_and_its_tasks_effects_go(block: Callable, run: Run, rows: Rows) -> None:
    def body(task: Task) -> None:
        with block():
            orders().create(title="half")
            raise task.retry(args=(), countdown=60)

    before = orders().count()
    assert run(body) == states.RETRY
    row = rows.one()
    assert (row["headers"]["retries"], row["eta"] is None) == (1, False)
    assert orders().count() - before == (0 if block is transaction.atomic else 1)
    assert not connection.in_atomic_block


def test_a_retry_goes_where_its_task_came_from(run: Run, rows: Rows) -> None:
    came = {"exchange": "tasks", "routing_key": "mail", "priority": 4, "redelivered": False}
    assert run(lambda task: task.retry(args=()), delivery_info=came) == states.RETRY
    row = rows.one()
    assert (row["exchange"], row["routing_key"]) == ("tasks", "mail")
    assert row["properties"]["priority"] == 4


def test_a_retry_after_a_delay_has_no_delay_in_its_key(run: Run, rows: Rows) -> None:
    prefix = "0." * 28
    came = {"exchange": "celery_delayed_27", "routing_key": f"{prefix}mail"}
    assert run(lambda task: task.retry(args=(), countdown=5), delivery_info=came) == states.RETRY
    assert (rows.one()["exchange"], rows.one()["routing_key"]) == ("tasks", "mail")


def test_a_retry_keeps_what_follows_the_task(run: Run, report: Task, rows: Rows) -> None:
    link = {**report.s(1), "options": {"task_id": "fixed"}}
    assert run(lambda task: task.retry(args=()), callbacks=[link]) == states.RETRY
    _, _, later = rows.body()
    assert later["callbacks"][0]["options"]["task_id"] == "fixed"


def test_a_replacement_stays(block: Callable, run: Run, double: Task, rows: Rows) -> None:
    def body(task: Task) -> Any:
        with block():
            return task.replace(double.s(2))

    assert run(body) == states.IGNORED
    assert rows.tasks() == ["double"]


def test_a_chord_as_replacement_keeps_its_count(
    block: Callable, run: Run, double: Task, report: Task, rows: Rows
) -> None:
    def body(task: Task) -> Any:
        with block():
            return task.replace(chord([double.s(1), double.s(2)], report.s()))

    assert run(body) == states.IGNORED
    assert rows.tasks() == ["double", "double"]
    group = rows.all()[0]["headers"]["group"]
    assert apps.get_model("django_celery_results", "ChordCounter").objects.get(group_id=group)


def test_what_a_task_publishes_otherwise_goes_with_its_block(
    run: Run, double: Task, rows: Rows
) -> None:
    def body(task: Task) -> None:
        with transaction.atomic():
            double.delay(1)
            raise ValueError

    assert run(body) == states.FAILURE
    assert rows.all() == []


@pytest.mark.parametrize(
    "publish",
    [
        lambda task, other: task.retry(args=()),
        lambda task, other: task.replace(other.s(1)),
    ],
)
def test_without_a_database_it_is_not_accepted(
    publish: Callable, double: Task, run: Run, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = []

    def body(task: Task) -> None:
        with transaction.atomic():
            # Where a new connection would be opened, nothing listens.
            monkeypatch.setitem(connection.settings_dict, "PORT", 1)
            try:
                publish(task, double)
            except Exception as error:
                raised.append(error)
                raise

    run(body)
    assert [type(error) for error in raised] == [NotAccepted]
    assert "onnection refused" in str(raised[0])
    assert rows.all() == []


def test_a_retry_that_is_wrong_is_rejected(run: Run, rows: Rows) -> None:
    """Given back, it would fail the same way for ever."""
    raised = []

    def body(task: Task) -> None:
        try:
            task.retry(args=(object(),))
        except Reject as error:
            raised.append(error.requeue)
            raise

    assert run(body) == states.REJECTED
    assert raised == [False]
    assert rows.all() == []
