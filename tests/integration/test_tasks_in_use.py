"""Which tasks the database asks for, as a deploy hears it before it takes some away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import chain, signature

from tests.integration.applications import Application
from tests.integration.database import Database
from tests.integration.scheduling.timetable import NOTE, Timetable
from tests.integration.waiting import wait_for
from tests.unit.modules.loading import module

rabbitmq_depths = module("rabbitmq_depths")

COMMAND = ("python", "-m", "django", "tasks_in_use")
LEAVE, WAIT, FAIL = (
    f"tally.tasks.stored.{name}" for name in ("leave", "wait_and_leave", "fail_and_wait")
)
EMPTY = "TRUNCATE celeriac_outbox, celeriac_outbox_parked"
PARK = (
    "WITH moved AS (DELETE FROM celeriac_outbox WHERE task_id = %s RETURNING *)"
    " INSERT INTO celeriac_outbox_parked (task_id, task, exchange, routing_key, body, content_type,"
    " content_encoding, headers, properties, writer, created_at, reason)"
    " SELECT task_id, task, exchange, routing_key, body, content_type, content_encoding, headers,"
    " properties, writer, created_at, 'returned: a test' FROM moved"
)


@pytest.fixture
def database(tally: Application) -> Iterator[Database]:
    """The outbox, empty before and after: nothing of it is sent."""
    assert tally.database
    with tally.database.cursor() as cursor:
        cursor.execute(EMPTY)
        yield tally.database
        cursor.execute(EMPTY)


def in_use(tally: Application) -> dict[str, Any]:
    return json.loads(tally.manage("operations", "tasks_in_use", "--json").splitlines()[-1])


def task(name: str, key: str, **options: Any) -> Any:
    return signature(name, kwargs={"key": key}, task_id=key, **options)


def test_stored_messages_and_what_they_go_on_with(tally: Application, database: Database) -> None:
    nothing = {"outbox": {}, "parked": {}, "schedule": {}, "unreadable": 0}
    assert in_use(tally) == nothing
    pool = tally.publisher("pool-stored")
    failing = task(FAIL, "failed")
    for start in (
        task(LEAVE, "alone"),
        chain(task(LEAVE, "first"), task(WAIT, "second"), task(WAIT, "third")),
        task(LEAVE, "packed", compression="gzip", link_error=[failing]),
        task(WAIT, "parked", link=[failing]),
        task(LEAVE, "strange", link=[failing]),
    ):
        answer = pool.apply(start)
        assert "id" in answer, answer
    with database.cursor() as cursor:
        cursor.execute(PARK, ["parked"])
        # As of a release that took pickles.
        cursor.execute(
            "UPDATE celeriac_outbox SET content_type = 'application/x-python-serialize'"
            " WHERE task_id = 'strange'"
        )
    assert in_use(tally) == {
        "outbox": {LEAVE: 4, WAIT: 1, FAIL: 1},
        "parked": {WAIT: 1, FAIL: 1},
        "schedule": {},
        "unreadable": 1,
    }
    assert [
        " ".join(line.split()) for line in tally.manage("operations", "tasks_in_use").splitlines()
    ] == [
        f"1 in the outbox {FAIL}",
        f"4 in the outbox {LEAVE}",
        f"1 in the outbox {WAIT}",
        f"1 parked {FAIL}",
        f"1 parked {WAIT}",
        "1 stored messages cannot be read",
    ]


def test_messages_in_queues(tally: Application) -> None:
    """Those too that a worker holds, and those that wait for their time."""
    vhost, management = tally.vhost, tally.broker.management

    def counted() -> dict[str, int]:
        found = rabbitmq_depths.ask(management, vhost)
        return {queue: number for queue, number in found.items() if number}

    wait_for(lambda: counted() == {}, "the broker has counted")
    web = tally.publisher()
    web.publish("tally.tasks.sent.leave", kwargs={"key": "one"})
    web.publish(LEAVE, kwargs={"key": "two"})
    web.publish(LEAVE, kwargs={"key": "later"}, countdown=3600)
    with tally.broker.channel(vhost) as channel:
        assert channel.basic_get("sent")[0]
        wait_for(lambda: len(counted()) == 3, "the broker has counted again")
        assert counted() == {"sent": 1, "stored": 1, "celery_delayed_11": 1}
    tally.broker.empty(vhost)


def test_entries_of_the_schedule(database_url: str, tmp_path: Path) -> None:
    timetable = Timetable.deployed(database_url, tmp_path)
    try:
        hourly = timetable.interval(1, "hours")
        timetable.entry("one", interval_id=hourly)
        timetable.entry("two", interval_id=hourly)
        timetable.entry("gone", interval_id=hourly, task="timetable.tasks.of_another_release")
        timetable.entry("paused", interval_id=hourly, enabled=False)
        unit = timetable.start("operations", [*COMMAND, "--json"], "none")
        assert unit.wait() == 0, unit.log
        assert json.loads(unit.log.splitlines()[-1]) == {
            "outbox": {},
            "parked": {},
            "schedule": {NOTE: 2, "timetable.tasks.of_another_release": 1},
            "unreadable": 0,
        }
    finally:
        timetable.empty()
