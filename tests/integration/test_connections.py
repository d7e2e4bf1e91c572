"""A worker's connections to the database, from one task to the next."""

from __future__ import annotations

import json

from tests.integration.applications import Application, Publisher
from tests.integration.waiting import wait_for


def connected(tally: Application, web: Publisher) -> int:
    """Run a task; return the number of the server's process that it was connected to."""
    task = web.publish("tally.tasks.cases.connected", kwargs={"key": "connected"})["id"]

    def ended() -> str | None:
        rows = tally.database.rows(
            "SELECT result FROM django_celery_results_taskresult WHERE task_id = %s "
            "AND status = 'SUCCESS'",
            task,
        )
        return rows[0][0] if rows else None

    return int(json.loads(wait_for(ended, "the task has succeeded")))


def test_they_are_kept_and_one_that_the_server_has_closed_is_replaced(tally: Application) -> None:
    tally.worker("sent", "--concurrency=1").wait_ready()
    web = tally.publisher()
    first = connected(tally, web)
    assert connected(tally, web) == first
    tally.database.disconnect()
    assert connected(tally, web) != first
