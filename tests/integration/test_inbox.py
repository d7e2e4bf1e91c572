"""The task option `once`, with real workers: what a task does in the database happens once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from celery import signature
from redis import Redis

from tests.integration.applications import Application, Publisher
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for

CASES = "tally.tasks.cases"


@pytest.fixture(scope="module")
def worker(deployed_tally: Application) -> Iterator[Unit]:
    deployed_tally.broker.empty(deployed_tally.vhost)
    yield deployed_tally.worker("sent").wait_ready()
    deployed_tally.remove_units()


@pytest.fixture(scope="module")
def web(worker: Unit, deployed_tally: Application) -> Publisher:
    return deployed_tally.publisher()


def effects(tally: Application, key: str) -> int:
    return tally.database.rows("SELECT count(*) FROM tally_effect WHERE key = %s", key)[0][0]


def result(tally: Application, task_id: str) -> tuple[str, Any] | None:
    """State and result of a task that has ended."""
    rows = tally.database.rows(
        "SELECT status, result FROM django_celery_results_taskresult WHERE task_id = %s "
        "AND status IN ('SUCCESS', 'FAILURE')",
        task_id,
    )
    return (rows[0][0], json.loads(rows[0][1])) if rows else None


def run(web: Publisher, task: str, key: str, **options: Any) -> str:
    published = web.publish(task, kwargs={"key": key}, **options)
    assert "id" in published, published
    return published["id"]


@pytest.mark.parametrize("pool", ["threads", "solo"])
def test_pools_without_children(tally: Application, pool: str) -> None:
    worker = tally.worker("sent", f"--pool={pool}").wait_ready()
    web = tally.publisher()
    for _ in range(2):
        run(web, "tally.tasks.sent.leave", pool, task_id=pool)
    wait_for(lambda: "its stored value is returned" in worker.log, "the second delivery")
    run(web, f"{CASES}.lose_the_connection", f"{pool}-lost")
    wait_for(lambda: "goes back to its queue" in worker.log, "the message is held")
    worker.stop()
    assert tally.broker.ready(tally.vhost, "sent") == 1, "a held message is not lost"
    assert effects(tally, pool) == 1


EAGER = """
from django.db import transaction
from tally.tasks.sent import leave

print([leave.apply(kwargs={"key": "eager"}, task_id="eager").get() for _ in range(2)])
try:
    with transaction.atomic():
        leave.apply(kwargs={"key": "rolled back"}, throw=True)
        raise KeyError
except KeyError:
    pass
with transaction.atomic():
    print(leave(key="called"))
"""


def test_an_eager_task_is_a_part_of_its_callers_transaction(tally: Application) -> None:
    log = tally.manage("operations", "shell", "-v0", "-c", EAGER)
    assert log.split() == ["['eager',", "'eager']", "called"]
    assert [effects(tally, key) for key in ("eager", "rolled back", "called")] == [1, 0, 1]


def test_old_ids_are_forgotten(tally: Application) -> None:
    with tally.database.cursor() as cursor:
        cursor.execute("TRUNCATE celeriac_inbox, celeriac_inbox_chord_part")
        for age in ("20 days", "13 days"):
            cursor.execute(
                "INSERT INTO celeriac_inbox (task_id, task, created_at) "
                "VALUES (%s, 't', now() - %s::interval)",
                [age, age],
            )
            cursor.execute(
                "INSERT INTO celeriac_inbox_chord_part (task_id, group_id, created_at) "
                "VALUES (%s, 'g', now() - %s::interval)",
                [age, age],
            )
    assert "Forgot 2 ids older than 14 days." in tally.manage("operations", "inbox", "clean")
    left = tally.database.rows("SELECT task_id FROM celeriac_inbox")
    assert left == [("13 days",)]


@pytest.mark.parametrize(
    ("task", "state", "error", "runs", "left"),
    [
        ("fail", "FAILURE", "ValueError", 1, 0),
        ("retry", "SUCCESS", None, 3, 1),
        ("retry_by_itself", "SUCCESS", None, 3, 1),
        ("return_what_json_cannot", "FAILURE", "EncodeError", 1, 0),
        ("break_a_constraint_at_commit", "FAILURE", "IntegrityError", 1, 0),
        ("kill_the_process", "SUCCESS", None, 2, 1),
        ("run_too_long", "FAILURE", "SoftTimeLimitExceeded", 1, 0),
        ("outlive_the_hard_limit", "FAILURE", "TimeLimitExceeded", 1, 0),
        ("run_in_a_transaction", "FAILURE", "Refused", 0, 0),
    ],
)
def test_only_a_run_that_ended_well_leaves_something(
    deployed_tally: Application,
    web: Publisher,
    board: Redis,
    task: str,
    state: str,
    error: str | None,
    runs: int,
    left: int,
) -> None:
    errback = signature(f"{CASES}.note_the_error", args=[f"{task}:errors"])
    task_id = run(web, f"{CASES}.{task}", key=task, link_error=errback)
    found = wait_for(lambda: result(deployed_tally, task_id), f"{task} has ended")
    assert found[0] == state
    assert (found[1]["exc_type"] if error else None) == error
    assert board.llen(f"{task}:runs") == runs
    assert effects(deployed_tally, task) == left
    entries = deployed_tally.database.rows(
        "SELECT count(*) FROM celeriac_inbox WHERE task_id = %s", task_id
    )
    assert entries[0][0] == left
    if error:
        wait_for(lambda: board.exists(f"{task}:errors"), "its errback")
        assert board.lrange(f"{task}:errors", 0, -1) == [task_id]


def test_a_repeated_delivery_replays_value_and_link(
    deployed_tally: Application, web: Publisher, board: Redis
) -> None:
    link = signature("tally.tasks.sent.leave", kwargs={"key": "link"})
    again = {"task_id": "done-before", "link": link}
    run(web, "tally.tasks.sent.leave", "linked", **again)
    wait_for(lambda: effects(deployed_tally, "link") == 1, "the link has run")
    run(web, "tally.tasks.sent.leave", "linked", **again)
    wait_for(lambda: board.llen("link:runs") == 1, "the link has run")
    run(web, "tally.tasks.sent.leave", "last")
    wait_for(lambda: effects(deployed_tally, "last") == 1, "the tasks before it were received")
    assert board.lrange("linked:runs", 0, -1) == ["done-before"]
    assert result(deployed_tally, "done-before") == ("SUCCESS", "linked")
    assert effects(deployed_tally, "link") == effects(deployed_tally, "linked") == 1


def test_doubt_is_settled_by_another_delivery(
    deployed_tally: Application, web: Publisher, worker: Unit, board: Redis
) -> None:
    """A lost connection, and a run that goes on elsewhere: the message comes again in 5 s."""
    lost = ["lose_the_connection", "lose_the_connection_at_commit"]
    ids = {task: run(web, f"{CASES}.{task}", task) for task in lost}
    ids["hold"] = run(web, f"{CASES}.hold", "hold", task_id="held")
    wait_for(lambda: board.llen("hold:runs") == 1, "the first run")
    run(web, f"{CASES}.hold", "hold", task_id="held")
    wait_for(lambda: worker.log.count("goes back to its queue in 5 s") == 3, "all are held")
    assert "hold[held] goes back to its queue in 5 s: another worker runs it just now" in worker.log
    board.rpush("hold:go", "go")
    for key, task_id in ids.items():
        found = wait_for(lambda: result(deployed_tally, task_id), f"{key} has ended")  # noqa: B023
        assert found == ("SUCCESS", key)
        assert effects(deployed_tally, key) == 1
    assert [board.llen(f"{key}:runs") for key in ids] == [2, 2, 1]
    wait_for(lambda: "done before; its stored value is returned" in worker.log, "hold came again")
