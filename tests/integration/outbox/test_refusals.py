"""What the outbox refuses at the call, and what it says. Nothing is written then."""

from __future__ import annotations

import re
from typing import Any

import pytest
from celery import Celery, Task, group
from celery.app.task import Task as CeleryTask
from celery.exceptions import QueueNotFound
from django.db import connection, transaction
from kombu import Connection, Exchange, Producer, Queue

from celeriac.publishing.errors import Refused
from tests.integration.outbox.conftest import BROKER
from tests.integration.outbox.rows import Rows

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"exchange": "other", "routing_key": "mail"}, "exchange 'other' is not the tasks' exchange"),
    ({"exchange": Exchange("other"), "routing_key": "mail"}, "exchange 'other' is not"),
    ({"queue": Queue("reports")}, "Name a queue of celeriac.yml with `queue=`, or no address"),
    (
        {"exchange": "tasks", "routing_key": "nowhere"},
        "no queue has the key 'nowhere'. celeriac.yml describes: mail, reports.",
    ),
    ({"routing_key": "nowhere"}, "no queue has the key 'nowhere'"),
    ({"delivery_mode": 1}, "a transient message is lost at a restart"),
    ({"delivery_mode": "transient"}, "a transient message is lost at a restart"),
    ({"immediate": True}, "RabbitMQ has no such publish"),
    ({"user_id": "web"}, "the broker knows the relay alone"),
    ({"expiration": 60}, "write `expires=`"),
    ({"priority": 256}, "priority=256: a number from 0 to 255 is wanted"),
    ({"priority": "high"}, "priority='high': a number"),
    ({"serializer": "xlm"}, "serializer='xlm': No encoder installed for xlm"),
    ({"compression": "arj"}, "compression='arj': kombu knows no such method"),
    ({"headers": {"user": object()}}, "its headers are not JSON: Object of type object"),
    ({"headers": {"ratio": float("nan")}}, "its headers are not JSON: Out of range"),
    ({"headers": {"name": "\0"}}, "its headers hold a NUL character"),
    ({"headers": {"name": "\ud800"}}, "its headers are not JSON"),
    ({"task_id": "\0"}, "hold a NUL character"),
    ({"args": (object(),)}, "its arguments cannot be serialised as json: Object of type object"),
    ({"args": ("x" * 100_000,)}, "bytes, and 100,000 are allowed. Store the data"),
    ({"headers": {"x": "y" * 100_000}}, "bytes, and 100,000 are allowed. Store the data"),
    ({"producer": Producer(Connection(BROKER), auto_declare=False)}, "a producer of its own"),
    ({"connection": Connection(BROKER)}, "a connection or a producer of its own"),
]


@pytest.mark.parametrize(("options", "text"), REFUSED)
@pytest.mark.parametrize("within", ["autocommit", "a transaction"])
def test_refused(options: dict[str, Any], text: str, within: str, send: Task, rows: Rows) -> None:
    if within == "autocommit":
        with pytest.raises(Refused, match=re.escape(text)):
            send.apply_async(**options)
    else:
        with transaction.atomic():
            with pytest.raises(Refused, match=re.escape(text)):
                send.apply_async(**options)
            # Nothing has reached the database: the transaction is as good as before.
            send.delay("next")
    assert rows.tasks() == ([] if within == "autocommit" else ["send"])


def test_a_queue_that_is_not_described(send: Task, rows: Rows) -> None:
    with pytest.raises(QueueNotFound, match="slwo"):
        send.apply_async(queue="slwo")
    assert rows.all() == []


def test_a_queue_that_this_process_may_not_use(
    send: Task, report: Task, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the relay would, but where the call stands."""
    monkeypatch.setitem(connection.settings_dict, "USER", "shop-mail")
    with pytest.raises(
        Refused,
        match=r"report\[.*\]: this process may not publish to 'reports' \(as database role "
        r"'shop-mail'\)\. Add the queue to its `publishes` in celeriac\.yml\.",
    ):
        report.delay()


def test_one_member_of_a_group_refuses_the_whole(send: Task, rows: Rows) -> None:
    with pytest.raises(Refused):
        group([send.s(1), send.s(2), send.s(object())]).apply_async()
    assert rows.all() == []


class Foreign(CeleryTask):
    """A class that an application brought along."""


def run() -> None: ...


def test_a_task_of_another_class(application: Celery, rows: Rows) -> None:
    task = application.task(name="foreign", base=Foreign)(run)
    try:
        with pytest.raises(
            Refused,
            match=r"foreign: its class .*test_refusals\.Foreign is not derived from "
            r"celeriac\.publishing\.task\.Task, .* Derive it from",
        ):
            task.delay()
    finally:
        application.tasks.unregister("foreign")
    assert rows.all() == []
