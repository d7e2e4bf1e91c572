"""Messages that no worker can run: they are kept, seen, and replayed or dropped by command."""

import json
from collections.abc import Iterator
from typing import Any

import pika
import pytest
from celery import signature
from redis import Redis

from celeriac.worker.letter import UNKNOWN_TASK
from celeriac.worker.unknown import DELAYS
from tests.integration.applications import Application, Publisher
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for

LETTERS = "dead-letters"
POISON = "tally.tasks.cases.kill_the_process_always"


def test_a_poison_task_ends_there_and_the_rest_flows_on(tally: Application, board: Redis) -> None:
    worker = tally.worker("sent", "--concurrency=2").wait_ready()
    web = tally.publisher()
    web.publish(POISON, kwargs={"key": "poison"}, task_id="poison")
    for number in range(10):
        web.publish("tally.tasks.sent.leave", kwargs={"key": f"good-{number}"})
    wait_for(lambda: tally.broker.ready(tally.vhost, LETTERS) == 1, "the dead letter")
    assert board.llen("poison:runs") == 6, "the delivery limit of 5, and the first"
    wait_for(lambda: all(board.exists(f"good-{n}:runs") for n in range(10)), "the others")
    worker.stop()
    assert tally.broker.queues_with_messages(tally.vhost) == [LETTERS]
    (letter,) = command(tally, "list", "--json")
    assert letter["reason"] == "delivery-limit"
    assert (letter["task_id"], letter["task"], letter["queue"]) == ("poison", POISON, "sent")


@pytest.mark.parametrize("pool", ["sent", "stored"])
def test_an_unknown_task_is_put_back(tally: Application, board: Redis, pool: str) -> None:
    """It blocks nothing meanwhile, and a worker that knows it finds it."""
    if pool == "stored":
        tally.start("relay", ["python", "-m", "django", "relay"], ready="self").wait_ready()
    worker = tally.worker(pool, "--concurrency=1", "--prefetch-multiplier=1").wait_ready()
    web = tally.publisher()
    web.apply(signature("tally.tasks.of_the_next_release", task_id="new", queue=pool))
    web.publish(f"tally.tasks.{pool}.leave", kwargs={"key": "behind"})
    wait_for(lambda: board.exists("behind:runs"), "the task behind it")
    # The main process keeps its connection to the outbox, and this one is closed under it.
    wait_for(lambda: "put back for" in worker.log, "it is put back")
    tally.database.disconnect()
    wait_for(lambda: worker.log.count("put back for") == 2, "it comes again")
    assert "[new]: this release has no such task; put back for 5 s" in worker.log
    assert "[new]: this release has no such task; put back for 10 s" in worker.log
    assert tally.broker.ready(tally.vhost, LETTERS) == 0


@pytest.fixture
def dead(tally: Application, board: Redis) -> Iterator[None]:
    """One dead letter of each kind, in the order of their names, made by a worker or the broker."""
    worker = tally.worker("sent", "--concurrency=2").wait_ready()
    send(tally, "a", "tally.tasks.of_no_release", **{UNKNOWN_TASK: len(DELAYS)})
    arrives(tally, 1)
    send(tally, "b", "tally.tasks.cases.reject", kwargs={"key": "b"})
    arrives(tally, 2)
    send(tally, "c", "tally.tasks.sent.leave", content_type="application/x-python-serialize")
    arrives(tally, 3)
    with tally.broker.channel(tally.vhost) as channel:
        properties = pika.BasicProperties(headers={"id": "d", "task": "gone.task"})
        channel.basic_publish("celery_delayed_27", "0." * 27 + "1.gone", b"", properties)
    arrives(tally, 4)
    send(tally, "e", "tally.tasks.sent.leave", body=b"[[], 1, {}]")
    arrives(tally, 5)
    send(tally, "f", "tally.tasks.sent.leave", body=b"[[], {")
    arrives(tally, 6)
    worker.stop()
    yield


def send(
    tally: Application,
    task_id: str,
    task: str,
    *,
    kwargs: Any = None,
    body: bytes | None = None,
    content_type: str = "application/json",
    **headers: Any,
) -> None:
    properties = pika.BasicProperties(
        headers={"id": task_id, "task": task, **headers},
        content_type=content_type,
        content_encoding="utf-8",
        correlation_id=task_id,
        delivery_mode=2,
    )
    with tally.broker.channel(tally.vhost) as channel:
        content = json.dumps([[], kwargs or {}, {}]).encode() if body is None else body
        channel.basic_publish("tasks", "sent", content, properties, mandatory=True)


def test_one_that_its_queue_does_not_take_stays(tally: Application, dead: None) -> None:
    for number in range(3):
        send(tally, f"before-{number}", "tally.tasks.sent.leave")
    limits = {"max-length": 1, "overflow": "reject-publish"}
    policy = ("set_policy", "-p", tally.vhost, "full", "^sent$", json.dumps(limits))
    tally.broker.control(*policy, "--priority", "100", "--apply-to", "queues")
    try:
        log = refusal(tally, "replay", "a", "b", "c", "--json")
    finally:
        tally.broker.control("clear_policy", "-p", tally.vhost, "full")
    assert "not replayed: the broker does not take it" in log
    # RabbitMQ may take a few more than the limit says.
    left = ids(command(tally, "list", "--json"))
    assert set("def") < set(left)


def arrives(tally: Application, number: int) -> None:
    wait_for(
        lambda: tally.broker.ready(tally.vhost, LETTERS) == number, f"dead letter number {number}"
    )


def command(tally: Application, *words: str) -> Any:
    """Run the command as operators do; return its JSON."""
    unit = tally.start(
        "operations", ["python", "-m", "django", "dead_letters", *words], ready="none"
    )
    assert unit.wait() == 0, unit.log
    return json.loads(unit.log)


def refusal(tally: Application, *words: str) -> str:
    unit = tally.start(
        "operations", ["python", "-m", "django", "dead_letters", *words], ready="none"
    )
    assert unit.wait() == 1
    return unit.log


def ids(letters: list[dict[str, Any]]) -> str:
    return "".join(letter["task_id"] for letter in letters)


def test_they_are_listed_replayed_and_dropped(tally: Application, board: Redis, dead: None) -> None:
    listed = command(tally, "list", "--json")
    assert [(letter["task_id"], letter["reason"], letter["queue"]) for letter in listed] == [
        ("a", "unknown-task", "sent"),
        ("b", "rejected", "sent"),
        ("c", "rejected", "sent"),
        ("d", "no-queue", "gone"),
        ("e", "rejected", "sent"),
        ("f", "rejected", "sent"),
    ]
    assert all(0 <= letter["age_seconds"] < 60 for letter in listed)

    # A look changes nothing, and selects.
    assert ids(command(tally, "list", "--json", "--limit=2")) == "ab"
    (shown,) = command(tally, "show", "b")
    assert shown["body"] == [[], {"key": "b"}, {}]
    assert shown["headers"]["x-death"][0]["queue"] == "sent"
    assert ids(command(tally, "list", "--json")) == "abcdef"

    assert "Say which" in refusal(tally, "replay")
    assert "add --yes" in refusal(tally, "drop", "--all")
    # Its queue is gone: it stays, and the others go on.
    log = refusal(tally, "replay", "a", "d", "--json")
    assert "d  gone.task  from gone" in log
    assert ids(command(tally, "list", "--json")) == "bcdef"
    replayed = tally.broker.take(tally.vhost, "sent")
    assert replayed["headers"] == {
        "id": "a",
        "task": "tally.tasks.of_no_release",
        "celeriac-replays": 1,
    }

    assert ids(command(tally, "drop", "--reason=no-queue", "--json")) == "d"
    assert ids(command(tally, "drop", "--task=tally.tasks.sent.leave", "--json")) == "cef"
    assert ids(command(tally, "replay", "--all", "--json")["replayed"]) == "b"
    assert command(tally, "list", "--json") == []
    # What dies again comes again.
    tally.worker("sent").wait_ready()
    arrives(tally, 1)
    assert command(tally, "list", "--json")[0]["replays"] == 1
    assert board.lrange("b:runs", 0, -1) == ["b", "b"]


def test_a_task_that_raises_is_no_dead_letter(tally: Application, board: Redis) -> None:
    worker: Unit = tally.worker("sent").wait_ready()
    web: Publisher = tally.publisher()
    web.publish("tally.tasks.cases.fail", kwargs={"key": "raises"})
    wait_for(lambda: "ValueError('raises')" in worker.log, "it has failed")
    worker.stop()
    assert tally.broker.queues_with_messages(tally.vhost) == []
