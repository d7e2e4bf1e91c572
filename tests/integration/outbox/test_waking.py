"""The relays are woken after the commit, once."""

import pytest
from celery import Task
from django.db import connection, transaction

from tests.integration.outbox.rows import Rows


def test_once_a_transaction_and_not_before_its_end(send: Task, rows: Rows) -> None:
    with transaction.atomic():
        send.delay(1)
        with transaction.atomic():
            send.delay(2)
        send.delay_on_commit(3)
        assert rows.notified() == 0
    assert rows.notified() == 1
    assert len(rows.all()) == 3


def test_at_once_without_a_transaction(send: Task, rows: Rows) -> None:
    send.delay(1)
    assert rows.notified() == 1


def test_not_for_what_was_rolled_back(send: Task, rows: Rows) -> None:
    with transaction.atomic():
        send.delay(1)
        transaction.set_rollback(True)
    assert rows.notified() == 0


def test_for_what_stays_after_a_savepoint_was_rolled_back(send: Task, rows: Rows) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            send.delay(1)
            1 / 0  # noqa: B018
        send.delay(2)
    assert rows.notified() == 1
    assert rows.body()[0] == [2]


def test_a_failure_to_wake_them_is_not_the_publishers(send: Task, rows: Rows) -> None:
    with transaction.atomic():
        # After the commit, before the hook that wakes.
        transaction.on_commit(lambda: rows.end(connection))
        send.delay(1)
    assert rows.tasks() == ["send"]
    assert rows.notified() == 0
