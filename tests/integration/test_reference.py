"""The reference application's tasks run, and their results reach PostgreSQL."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest

from tests.integration.applications import Application
from tests.integration.waiting import wait_for

Ended = Callable[[str], tuple[str, Any]]


@pytest.fixture
def ended(shop: Application, database_url: str) -> Iterator[Ended]:
    """Wait until the database has a task's end; return its state and result."""
    migration = shop.start("web", ["python", "manage.py", "migrate"], ready="none")
    assert migration.wait(60) == 0, migration.log
    connection = psycopg2.connect(database_url)
    connection.autocommit = True

    def read(task: str) -> tuple[str, Any] | None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status, result FROM django_celery_results_taskresult"
                " WHERE task_id = %s AND status IN ('SUCCESS', 'FAILURE')",
                [task],
            )
            row = cursor.fetchone()
        return (row[0], json.loads(row[1])) if row else None

    yield lambda task: wait_for(lambda: read(task), f"the end of task {task} is stored")
    connection.close()


def test_results_retries_and_failures(shop: Application, ended: Ended) -> None:
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
