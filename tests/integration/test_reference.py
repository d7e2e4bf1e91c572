"""The reference application's tasks run, and their results reach PostgreSQL."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.applications import Application
from tests.integration.waiting import wait_for

Ended = Callable[[str], tuple[str, Any]]


@pytest.fixture
def ended(shop: Application) -> Ended:
    """Wait until the database has a task's end; return its state and result."""
    assert shop.database
    database = shop.database

    def read(task: str) -> tuple[str, Any] | None:
        rows = database.rows(
            "SELECT status, result FROM django_celery_results_taskresult"
            " WHERE task_id = %s AND status IN ('SUCCESS', 'FAILURE')",
            task,
        )
        return (rows[0][0], json.loads(rows[0][1])) if rows else None

    return lambda task: wait_for(lambda: read(task), f"the end of task {task} is stored")


def test_results_retries_and_failures(shop: Application, ended: Ended) -> None:
    shop.relay().wait_ready()
    worker, web = shop.worker("reports").wait_ready(), shop.publisher()
    retried = web.publish("celery_tasks.reports.fetch_supplier_figures", 1)
    failed = web.publish("celery_tasks.reports.fail")
    succeeded = web.publish("celery_tasks.reports.sum_weeks", [1] * 10)
    assert ended(succeeded["id"]) == ("SUCCESS", [7, 3])
    state, error = ended(failed["id"])
    assert (state, error["exc_type"]) == ("FAILURE", "ValueError")
    assert ended(retried["id"]) == ("SUCCESS", "Attempt 2 brought the figures.")
    worker.stop()
    assert shop.broker.queues_with_messages(shop.vhost) == []
