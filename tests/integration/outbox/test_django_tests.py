"""An application's own tests: Django's test cases, and Celery's eager mode."""

from __future__ import annotations

import unittest

from celery import Celery, Task
from django.apps import apps
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from celeriac.publishing import transactions
from celeriac.publishing.errors import Refused
from tests.integration.outbox.rows import Rows

MODEL = "celeriac_publishing", "OutboxMessage"


def run(case: type[unittest.TestCase]) -> None:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    for _, trace in (*result.errors, *result.failures):
        raise AssertionError(trace)
    assert result.testsRun == 1


def test_a_test_case_sees_its_rows_and_leaves_none(send: Task, rows: Rows) -> None:
    class Case(TestCase):
        def test(self) -> None:
            send.delay_on_commit(1)
            with transaction.atomic():
                send.delay(2)
            assert apps.get_model(*MODEL).objects.count() == 2
            assert rows.all() == []

    run(Case)
    assert rows.all() == []


def test_a_test_case_is_no_transaction_to_the_code_under_test(send: Task, rows: Rows) -> None:
    """What is refused in production is refused in its test, too."""

    class Case(TestCase):
        databases = {"default", "elsewhere"}

        def test(self) -> None:
            send.delay(1)
            with self.assertRaises(Refused), transaction.atomic(using="elsewhere"):
                send.delay(2)
            with transactions.independent("default"):
                send.delay(3)
            assert apps.get_model(*MODEL).objects.count() == 2
            assert rows.all() == []

    run(Case)


def test_a_test_case_can_ask_whether_relays_are_woken(send: Task, rows: Rows) -> None:
    class Case(TestCase):
        def test(self) -> None:
            with self.captureOnCommitCallbacks(execute=True) as hooks:
                send.delay(1)
                send.delay(2)
            assert len(hooks) == 1

    run(Case)


def test_a_transaction_test_case_commits(send: Task, rows: Rows) -> None:
    class Case(TransactionTestCase):
        def test(self) -> None:
            with transaction.atomic():
                send.delay(1)
                assert rows.all() == []
            assert rows.tasks() == ["send"]

    run(Case)
    assert rows.all() == []


def test_eager_tasks_run_at_once_and_write_nothing(
    application: Celery, double: Task, rows: Rows
) -> None:
    application.conf.task_always_eager = True
    try:
        assert double.delay(2).get() == 4
        assert double.s(2).apply_async().get() == 4
        with TestCase.captureOnCommitCallbacks() as hooks:
            assert double.delay_on_commit(2) is None
    finally:
        application.conf.task_always_eager = False
    assert rows.all() == []
    assert hooks == []
