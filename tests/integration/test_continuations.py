"""What a task starts goes on, and once, if the database or the broker goes away at that moment."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Signature, chain, chord, group, signature
from redis import Redis

from tests.integration.applications import Application
from tests.integration.broker import segment
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for
from tests.integration.way import Way

Make = Callable[..., Signature]

# Each is held, once, between its own end and what follows it.
STARTS: dict[str, Callable[[Make], Any]] = {
    "retry": lambda task: task("wait_and_retry", "retry"),
    "chain": lambda task: chain(task("leave_and_wait", "chain"), task("leave", "chain-end")),
    "link": lambda task: task("leave_and_wait", "link", link=[task("leave", "link-end").clone()]),
    "links": lambda task: task(
        "leave_and_wait", "links", link=[task("leave", "links-end"), task("leave", "links-end")]
    ),
    "link_error": lambda task: task(
        "fail_and_wait", "link_error", link_error=[task("leave", "link_error-end")]
    ),
    "group": lambda task: chain(
        task("leave_and_wait", "group"),
        group(task("leave", "group-end"), task("leave", "group-end")),
    ),
    "chord": lambda task: chord(
        [task("leave_and_wait", "chord"), task("leave", "chord-member")], task("leave", "chord-end")
    ),
}
# What they leave in the database in the end.
EFFECTS = {
    "retry": 1,
    "chain": 1,
    "chain-end": 1,
    "link": 1,
    "link-end": 1,
    "links": 1,
    "links-end": 2,
    "link_error-end": 1,
    "group": 1,
    "group-end": 2,
    "chord": 1,
    "chord-member": 1,
    "chord-end": 1,
}


@pytest.fixture
def way_to_database(tally: Application) -> Iterator[Way]:
    assert tally.database
    yield from opened(*tally.database.address)


@pytest.fixture
def way_to_broker(tally: Application) -> Iterator[Way]:
    yield from opened(tally.broker.host, tally.broker.port)


def opened(host: str, port: int) -> Iterator[Way]:
    way = Way(host, port)
    way.open()
    yield way
    way.close()


def starts(module: str) -> list[Signature]:
    def task(name: str, key: str, **options: Any) -> Signature:
        return signature(f"tally.tasks.{module}.{name}", kwargs={"key": key}, options=options)

    return [make(task) for make in STARTS.values()]


def start_all(tally: Application, board: Redis, module: str) -> None:
    """Start all and wait until each first task is at its end."""
    web = tally.publisher()
    for start in starts(module):
        answer = web.apply(start)
        assert "id" in answer, answer
    wait_for(lambda: board.llen("waiting") == len(STARTS), "each is at its end")


def let_go(board: Redis) -> None:
    for key in STARTS:
        board.rpush(f"{key}:go", "go")


def effects(tally: Application) -> dict[str, int]:
    assert tally.database
    return dict(tally.database.rows("SELECT key, count(*) FROM tally_effect GROUP BY key"))


@pytest.fixture(autouse=True)
def nothing_left(tally: Application) -> None:
    assert tally.database
    with tally.database.cursor() as cursor:
        cursor.execute("TRUNCATE tally_effect")


def test_through_the_outbox_with_the_database_cut(
    tally: Application, board: Redis, way_to_database: Way
) -> None:
    tally.start("relay", ["python", "-m", "django", "relay"], ready="self").wait_ready()
    worker = tally.worker("stored", database_port=way_to_database.port).wait_ready()
    start_all(tally, board, "stored")
    way_to_database.close()
    let_go(board)
    wait_for(lambda: given_back(worker) >= len(STARTS), "each message is given back")
    way_to_database.open()
    wait_for(lambda: effects(tally) == EFFECTS, f"all goes on: {effects(tally)}")
    worker.stop()
    assert tally.broker.queues_with_messages(tally.vhost) == []
    assert effects(tally) == EFFECTS


def test_straight_to_the_broker_with_every_publish_refused(
    tally: Application, board: Redis
) -> None:
    """Its consumer's connection stays, so that Celery does not cancel what runs."""
    worker = tally.worker("sent").wait_ready()
    start_all(tally, board, "sent")
    with no_right_to_publish(tally, "pool-sent"):
        let_go(board)
        wait_for(lambda: given_back(worker) >= len(STARTS), "each message is given back")
    wait_for(lambda: effects(tally) == EFFECTS, f"all goes on: {effects(tally)}")
    worker.stop()
    assert tally.broker.queues_with_messages(tally.vhost) == []
    assert effects(tally) == EFFECTS


def test_straight_to_the_broker_with_the_broker_cut(
    tally: Application, board: Redis, way_to_broker: Way
) -> None:
    url = tally.url("pool-sent", way_to_broker.port)
    worker = tally.worker("sent", broker_url=url).wait_ready()
    start_all(tally, board, "sent")
    way_to_broker.close()
    let_go(board)
    wait_for(lambda: "consumer: Cannot connect" in worker.log, "the worker has lost the broker")
    way_to_broker.open()
    wait_for(lambda: effects(tally) == EFFECTS, f"all goes on: {effects(tally)}", seconds=60)
    worker.stop()
    assert tally.broker.queues_with_messages(tally.vhost) == []
    assert effects(tally) == EFFECTS


def given_back(worker: Unit) -> int:
    return worker.log.count("goes back to its queue")


@contextlib.contextmanager
def no_right_to_publish(tally: Application, process: str) -> Iterator[None]:
    path = f"permissions/{segment(tally.vhost)}/{segment(tally.user(process))}"
    usual = tally.broker.management.get(path)
    rights = {name: usual[name] for name in ("configure", "write", "read")}
    tally.broker.management.send("PUT", path, rights | {"write": "^$"})
    yield
    tally.broker.management.send("PUT", path, rights)


def test_a_memory_alarm_stops_no_worker(tally: Application, board: Redis) -> None:
    """It drains its queue, and a publish that the broker does not take gives the task back."""
    web = tally.publisher()
    for _ in range(10):
        web.publish("tally.tasks.sent.leave", kwargs={"key": "drained"})
    first, second = (
        signature("tally.tasks.sent.leave", kwargs={"key": key}) for key in ("first", "second")
    )
    web.apply(chain(first, second))
    with tally.broker.memory_alarm():
        worker = tally.worker("sent", "--concurrency=2").wait_ready()
        wait_for(lambda: effects(tally) == {"drained": 10, "first": 1}, "the queue is drained")
        wait_for(lambda: given_back(worker) == 1, "the publish is bounded", seconds=60)
    wait_for(lambda: effects(tally).get("second") == 1, "the chain goes on")
    worker.stop()


def test_a_chord_counts_a_member_once(tally: Application, board: Redis) -> None:
    """One that was counted and comes again, because its worker died before it was acknowledged."""
    worker = tally.worker("sent").wait_ready()

    def task(name: str, key: str) -> Signature:
        return signature(f"tally.tasks.sent.{name}", kwargs={"key": key})

    members = [task("leave_and_die", "dies"), task("wait_and_leave", "slow")]
    tally.publisher().apply(chord(members, task("leave", "sum")))
    wait_for(lambda: "stored value is returned" in worker.log, "it came again")
    assert board.llen("sum:runs") == 0
    board.rpush("slow:go", "go")
    wait_for(lambda: effects(tally).get("sum"), "the chord's body")
    worker.stop()
    assert effects(tally) == {"dies": 1, "slow": 1, "sum": 1}
    assert board.lrange("sum:given", 0, -1) == ['[["dies", "slow"]]']


def test_a_chord_waits_for_a_counted_member_that_runs_again(
    tally: Application, board: Redis
) -> None:
    """It is not ready at the moment at which the last other member ends."""
    worker = tally.worker("sent").wait_ready()
    again = signature("tally.tasks.cases.die_and_wait", kwargs={"key": "again"})
    slow = signature("tally.tasks.sent.wait_and_leave", kwargs={"key": "slow"})
    body = signature("tally.tasks.sent.leave", kwargs={"key": "sum"})
    tally.publisher().apply(chord([again, slow], body))
    wait_for(lambda: board.llen("again:again"), "the counted member runs again")
    board.rpush("slow:go", "go")
    wait_for(lambda: "another member of its chord" in worker.log, "the last one is held")
    board.rpush("slow:go", "go")
    board.rpush("again:go", "go")
    wait_for(lambda: effects(tally).get("sum"), "the chord's body")
    worker.stop()
    assert effects(tally)["sum"] == 1
    assert board.lrange("sum:given", 0, -1) == ['[["again", "slow"]]']
