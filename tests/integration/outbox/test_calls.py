"""What of a call is kept in the outbox."""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from celery import Celery, Task, chord, group, signals
from django.apps import apps
from django.db import IntegrityError, transaction
from kombu.exceptions import OperationalError

from celeriac.publishing.bulk import publish_many
from tests.integration.outbox.rows import Rows

NOON = datetime(2040, 1, 1, 12, tzinfo=UTC)


def soon(moment: object, seconds: float) -> bool:
    """Whether it is that long after now, give or take the test's own time."""
    assert isinstance(moment, datetime)
    return abs((moment - datetime.now(UTC)).total_seconds() - seconds) < 5


Kept = Callable[[dict[str, Any]], bool]
KEPT: list[tuple[dict[str, Any], Kept]] = [
    ({"countdown": 300}, lambda row: soon(row["eta"], 300)),
    ({"countdown": 300}, lambda row: datetime.fromisoformat(row["headers"]["eta"]) == row["eta"]),
    # The relay puts the delay in.
    ({"countdown": 300}, lambda row: (row["exchange"], row["routing_key"]) == ("tasks", "mail")),
    ({"countdown": 0.4}, lambda row: soon(row["eta"], 0)),
    ({"countdown": 0}, lambda row: row["eta"] is None),
    ({"eta": datetime(2000, 1, 1, tzinfo=UTC)}, lambda row: row["eta"].year == 2000),
    ({"eta": "2040-01-01T12:00:00Z"}, lambda row: soon(row["eta"], seconds_until(NOON))),
    ({"eta": "2040-01-01T14:00:00+02:00"}, lambda row: soon(row["eta"], seconds_until(NOON))),
    ({"expires": 60}, lambda row: soon(row["expires"], 60)),
    ({"expires": NOON}, lambda row: row["expires"] == NOON),
    ({"expires": 60}, lambda row: "expiration" not in row["properties"]),
    ({"headers": {"tenant": 7}}, lambda row: row["headers"]["tenant"] == 7),
    ({"headers": {"path": r"C:\u0000"}}, lambda row: row["headers"]["path"] == r"C:\u0000"),
    ({"priority": 9}, lambda row: row["properties"]["priority"] == 9),
    ({"queue": "reports"}, lambda row: row["routing_key"] == "reports"),
    ({"exchange": "tasks", "routing_key": "reports"}, lambda row: row["routing_key"] == "reports"),
    ({"task_id": "mine"}, lambda row: row["task_id"] == row["headers"]["id"] == "mine"),
    ({"shadow": "other"}, lambda row: row["headers"]["shadow"] == "other"),
    ({"ignore_result": True}, lambda row: row["headers"]["ignore_result"] is True),
    ({"time_limit": 9, "soft_time_limit": 5}, lambda row: row["headers"]["timelimit"] == [9, 5]),
    ({"reply_to": "there"}, lambda row: row["properties"]["reply_to"] == "there"),
    ({"serializer": "pickle"}, lambda row: pickle.loads(row["body"])[0] == (1,)),  # noqa: S301
    ({"serializer": "pickle"}, lambda row: row["content_encoding"] == "binary"),
    ({"compression": "bzip2"}, lambda row: row["headers"]["compression"] == "application/x-bz2"),
    ({}, lambda row: row["properties"]["delivery_mode"] == 2),
    ({}, lambda row: row["properties"]["correlation_id"] == row["task_id"]),
    ({}, lambda row: (row["content_type"], row["content_encoding"]) == JSON),
    ({}, lambda row: json.loads(row["body"])[:2] == [[1], {}]),
    ({}, lambda row: (row["eta"], row["expires"]) == (None, None)),
    ({}, lambda row: row["writer"] == "shop"),
    ({}, lambda row: soon(row["created_at"], 0)),
]
JSON = ("application/json", "utf-8")


def seconds_until(moment: datetime) -> float:
    return (moment - datetime.now(UTC)).total_seconds()


@pytest.mark.parametrize(("options", "kept"), KEPT)
def test_an_option_is_kept(options: dict[str, Any], kept: Kept, send: Task, rows: Rows) -> None:
    result = send.apply_async((1,), **options)
    row = rows.one()
    assert row["task_id"] == result.id
    assert kept(row), row


def test_what_the_task_says_itself_is_kept(application: Celery, rows: Rows) -> None:
    @application.task(name="described", expires=60, ignore_result=True, serializer="pickle")
    def described() -> None: ...

    described.delay()
    publish_many(described, [()])
    for row in rows.all():
        assert soon(row["expires"], 60)
        assert row["headers"]["ignore_result"] is True
        assert row["content_type"] == "application/x-python-serialize"
    assert len(rows.all()) == 2


def test_a_queue_may_be_an_object(send: Task, rows: Rows) -> None:
    send.apply_async(queue=send.app.amqp.queues["reports"])
    assert rows.one()["routing_key"] == "reports"


def test_a_task_that_this_process_does_not_know(application: Celery, rows: Rows) -> None:
    result = application.send_task("elsewhere.run", (1,), queue="mail")
    row = rows.one()
    assert (row["task_id"], row["task"], row["routing_key"]) == (result.id, "elsewhere.run", "mail")


def test_handlers_of_publishing_signals_see_and_change_the_message(send: Task, rows: Rows) -> None:
    published = []

    def before(headers: dict[str, Any], **_: Any) -> None:
        headers["trace"] = "of the request"

    def after(routing_key: str, **_: Any) -> None:
        published.append(routing_key)

    signals.before_task_publish.connect(before)
    signals.after_task_publish.connect(after)
    try:
        send.delay(1)
    finally:
        signals.before_task_publish.disconnect(before)
        signals.after_task_publish.disconnect(after)
    assert rows.one()["headers"]["trace"] == "of the request"
    assert published == ["mail"]


def test_links_stand_in_the_message(send: Task, report: Task, rows: Rows) -> None:
    send.apply_async(link=[report.s(1), report.s(2)], link_error=report.s(3))
    _, _, later = rows.body()
    assert [link["args"] for link in later["callbacks"]] == [[1], [2]]
    assert [link["args"] for link in later["errbacks"]] == [[3]]


def test_a_chain_is_its_first_task_with_the_rest_inside(
    send: Task, report: Task, rows: Rows
) -> None:
    result = (send.s(1) | report.s(2) | report.s(3)).apply_async()
    _, _, later = rows.body()
    assert rows.tasks() == ["send"]
    assert later["chain"][0]["options"]["task_id"] == result.id
    assert result.parent.parent.id == rows.one()["task_id"]


def test_a_group_is_one_statement(
    send: Task, report: Task, rows: Rows, statements: Callable[[str], int]
) -> None:
    result = group([send.s(n) for n in range(20)] + [report.s()]).apply_async()
    assert [row["task_id"] for row in rows.all()] == [one.id for one in result.results]
    assert statements("INSERT INTO celeriac_outbox") == 1
    assert rows.notified() == 1


def test_a_large_group_is_all_or_nothing(
    send: Task, rows: Rows, statements: Callable[[str], int]
) -> None:
    many = [send.s(number) for number in range(1200)]
    with rows.refusing("last"), pytest.raises(IntegrityError):
        group([*many, send.s().set(task_id="last")]).apply_async()
    assert rows.all() == []
    assert statements("INSERT INTO celeriac_outbox") == 3
    group(many).apply_async()
    assert len(rows.all()) == 1200


def test_a_chord_counts_in_the_same_transaction(send: Task, report: Task, rows: Rows) -> None:
    counters = apps.get_model("django_celery_results", "ChordCounter").objects
    with transaction.atomic():
        result = chord([send.s(n) for n in range(3)], report.s()).apply_async()
        assert counters.filter(group_id=result.parent.id).exists()
        transaction.set_rollback(True)
    assert (rows.all(), counters.count()) == ([], 0)


def test_maps(send: Task, rows: Rows) -> None:
    send.starmap([(1, 2), (3, 4)]).apply_async()
    assert rows.tasks() == ["starmap"]
    send.chunks([(1,), (2,), (3,)], 2).apply_async()
    assert rows.tasks() == ["starmap"] * 3


def test_a_held_producer_writes_when_it_is_released(send: Task, rows: Rows) -> None:
    with send.app.producer_pool.acquire(block=True) as producer:
        for number in range(3):
            send.apply_async((number,), producer=producer)
        assert rows.all() == []
    assert len(rows.all()) == 3


def test_what_is_no_task_goes_to_the_broker(application: Celery, connected: list[Any]) -> None:
    with application.producer_pool.acquire(block=True) as producer, pytest.raises(OperationalError):
        producer.publish({"method": "ping"}, exchange="celery.pidbox")
    assert set(connected) == {"no-broker.invalid"}
    connected.clear()


def test_compressed_arguments_can_be_read_again(send: Task, rows: Rows) -> None:
    send.apply_async(("x" * 1000,), compression="zlib")
    row = rows.one()
    assert len(row["body"]) < 500
    assert json.loads(zlib.decompress(row["body"]))[0] == ["x" * 1000]
