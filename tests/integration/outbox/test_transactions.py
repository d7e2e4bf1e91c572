"""When a published task counts: with the transaction that it was published in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from celery import Task
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_save
from django.test import override_settings

from celeriac.publishing.errors import Refused
from tests.integration.outbox.rows import Rows


class Undo(Exception):
    """Rolls a block back."""


def written() -> int:
    """Return how many rows this session sees, committed or not."""
    return apps.get_model("celeriac_publishing", "OutboxMessage").objects.count()


PUBLISH = {
    "delay": lambda task: task.delay(1),
    "apply_async": lambda task: task.apply_async((1,)),
    "delay_on_commit": lambda task: task.delay_on_commit(1),
    "apply_async_on_commit": lambda task: task.apply_async_on_commit((1,)),
    "send_task": lambda task: task.app.send_task(task.name, (1,)),
    "signature": lambda task: task.s(1).apply_async(),
}


@pytest.fixture(params=PUBLISH)
def publish(request: pytest.FixtureRequest, send: Task) -> Callable[[], object]:
    return lambda: PUBLISH[request.param](send)


def test_without_a_transaction_it_counts_at_once(publish: Callable, rows: Rows) -> None:
    result = publish()
    assert rows.one()["task_id"] == result.id


def test_in_a_transaction_it_counts_from_the_commit(publish: Callable, rows: Rows) -> None:
    with transaction.atomic():
        result = publish()
        assert (written(), rows.all()) == (1, [])
    assert rows.one()["task_id"] == result.id


def test_it_is_rolled_back_with_its_transaction(publish: Callable, rows: Rows) -> None:
    with pytest.raises(Undo), transaction.atomic():
        publish()
        raise Undo
    assert rows.all() == []


def test_it_is_rolled_back_with_its_savepoint(send: Task, report: Task, rows: Rows) -> None:
    with transaction.atomic():
        report.delay()
        with pytest.raises(Undo), transaction.atomic():
            send.delay(1)
            raise Undo
        with transaction.atomic():
            report.delay()
    assert rows.tasks() == ["report", "report"]


def test_a_released_savepoint_is_rolled_back_with_the_whole(send: Task, rows: Rows) -> None:
    with pytest.raises(Undo), transaction.atomic():
        with transaction.atomic():
            send.delay(1)
        raise Undo
    assert rows.all() == []


def test_a_hook_that_fails_after_the_commit_takes_no_task_away(send: Task, rows: Rows) -> None:
    def fail() -> None:
        raise Undo

    with pytest.raises(Undo), transaction.atomic():
        transaction.on_commit(fail)
        send.delay_on_commit(1)
    assert rows.tasks() == ["send"]


def test_a_transaction_that_is_committed_by_hand(send: Task, rows: Rows) -> None:
    transaction.set_autocommit(False)
    try:
        send.delay(1)
        transaction.rollback()
        send.delay(2)
        assert rows.all() == []
        transaction.commit()
    finally:
        transaction.set_autocommit(True)
    assert rows.body()[0] == [2]


@pytest.fixture
def publishes_when_saved(send: Task) -> Iterator[type]:
    order = apps.get_model("orders", "Order")

    def on_save(instance: object, **_: object) -> None:
        send.delay(instance.pk)

    post_save.connect(on_save, sender=order)
    yield order
    post_save.disconnect(on_save, sender=order)


def test_a_signal_handler_publishes_in_the_transaction_of_the_save(
    publishes_when_saved: type, rows: Rows
) -> None:
    with pytest.raises(Undo), transaction.atomic():
        publishes_when_saved.objects.create(title="withdrawn")
        raise Undo
    assert rows.all() == []
    order = publishes_when_saved.objects.create(title="stays")
    assert rows.body()[0] == [order.pk]


def test_a_database_that_refuses_the_row_is_an_error(send: Task, rows: Rows) -> None:
    connection.ensure_connection()
    rows.end(connection)
    with pytest.raises(OperationalError):
        send.delay(1)
    assert rows.all() == []


# Several databases.


def test_in_a_transaction_of_another_database_alone_it_is_refused(send: Task, rows: Rows) -> None:
    with transaction.atomic(using="elsewhere"), pytest.raises(Refused) as refusal:
        send.delay(1)
    assert str(refusal.value).startswith(
        "a task was published in a transaction of database 'elsewhere', and the outbox is in "
        "database 'default': the task would run even if that transaction rolled back. Open "
        "`transaction.atomic(using='default')` around both"
    )
    assert rows.all() == []


def test_in_transactions_of_both_it_counts_with_the_outboxs(send: Task, rows: Rows) -> None:
    with transaction.atomic(), pytest.raises(Undo), transaction.atomic(using="elsewhere"):
        send.delay(1)
        raise Undo
    assert rows.tasks() == ["send"]


@override_settings(CELERIAC_OUTBOX={"other_transactions": "allow"})
def test_a_setting_allows_it(send: Task, rows: Rows) -> None:
    with transaction.atomic(using="elsewhere"):
        send.delay(1)
        assert rows.tasks() == ["send"]


@override_settings(CELERIAC_OUTBOX={"database": "elsewhere"})
def test_the_outbox_may_be_in_another_database(send: Task, rows: Rows) -> None:
    with transaction.atomic(using="elsewhere"):
        send.delay(1)
        model = apps.get_model("celeriac_publishing", "OutboxMessage")
        assert model.objects.using("elsewhere").count() == 1
        transaction.set_rollback(True, using="elsewhere")
    assert rows.all() == []
