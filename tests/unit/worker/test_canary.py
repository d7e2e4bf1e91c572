"""A canary as the worker's main process sees it, and as the deploy reads its answer."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from amqp import Connection
from celery import Celery
from kombu.entity import Exchange, Queue

from celeriac.worker import canaries, canary, identity

OWN = "canary-mail-two-1"
HERE = {"CELERIAC_RELEASE": "r2", "INVOCATION_ID": "b"}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Celery:
    """An application with the canary, whose worker consumes `mail` of its two queues."""
    monkeypatch.setenv(canary.QUEUE, OWN)
    for name, value in HERE.items():
        monkeypatch.setenv(name, value)
    app = Celery("shop", broker="memory://", set_as_current=False)
    app.conf.update(
        task_queues=[Queue(name, Exchange("tasks", "topic")) for name in ("mail", "bulk")],
        task_create_missing_queues=False,
        task_default_exchange="tasks",
        task_default_exchange_type="topic",
    )
    canary.install(app)
    app.amqp.queues.select(["mail"])
    return app


@pytest.mark.parametrize(
    ("headers", "environment", "meant"),
    [
        ({canary.RELEASE: "r2", canary.NOT_FOR: ""}, HERE, True),
        ({canary.RELEASE: "r2", canary.NOT_FOR: "a"}, HERE, True),
        ({canary.RELEASE: "r2", canary.NOT_FOR: "b"}, HERE, False),
        ({canary.RELEASE: "r1", canary.NOT_FOR: ""}, HERE, False),
        ({canary.RELEASE: "r3", canary.NOT_FOR: ""}, HERE, False),
        ({}, HERE, False),
        # No systemd, no runs to tell apart.
        ({canary.RELEASE: "r2", canary.NOT_FOR: ""}, {"CELERIAC_RELEASE": "r2"}, True),
    ],
)
def test_whom_a_canary_is_for(
    headers: dict[str, str], environment: dict[str, str], meant: bool
) -> None:
    assert canary.meant_for(headers, environment) is meant


def test_a_workers_own_queue_is_read_first_and_never_declared(app: Celery) -> None:
    canary._read_first(instance=SimpleNamespace(app=app))
    assert list(app.amqp.queues.consume_from) == [OWN, "mail"]
    own = app.amqp.queues[OWN]
    assert (own.routing_key, own.no_declare, own.exchange.name) == (OWN, True, "tasks")
    assert own.exchange.no_declare is True


def test_a_worker_without_a_queue_of_its_own_reads_the_others(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(canary.QUEUE)
    canary._read_first(instance=SimpleNamespace(app=app))
    assert list(app.amqp.queues.consume_from) == ["mail"]


class Worker:
    """A consumer of Celery's that writes down what it is told."""

    def __init__(self) -> None:
        self.did: list[Any] = []
        self.connection: object = object()
        self.connection_errors = (OSError,)
        self.timer = SimpleNamespace(call_after=self._later)
        self.later: list[Any] = []

    def call_soon(self, call: Any, *arguments: Any) -> None:
        call(*arguments)

    def cancel_task_queue(self, queue: str) -> None:
        self.did.append(("stop reading", queue))

    def _later(self, seconds: float, call: Any, arguments: tuple[Any, ...]) -> None:
        self.later.append((seconds, lambda: call(*arguments)))

    def message(self, release: str) -> SimpleNamespace:
        """A canary, whose way back is written down too."""
        reject = lambda *arguments: self.did.append(("back", arguments[-1]))  # noqa: E731
        headers = {canary.RELEASE: release, canary.NOT_FOR: ""}
        return SimpleNamespace(headers=headers, reject_log_error=reject)


@pytest.fixture
def worker(app: Celery, monkeypatch: pytest.MonkeyPatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr(
        "celery.worker.strategy.default",
        lambda *_, **__: lambda *_: worker.did.append("run"),
    )
    return worker


def receive(app: Celery, worker: Worker, release: str) -> None:
    app.tasks[canary.NAME].start_strategy(app, worker)(worker.message(release), None, 0, 0, ())


def test_a_canary_of_another_release_goes_back_to_a_queue_that_is_read_no_more(
    app: Celery, worker: Worker
) -> None:
    receive(app, worker, "r3")
    assert worker.did == [("stop reading", OWN), ("back", True)]


def test_ones_own_canary_runs_and_the_next_is_for_another(app: Celery, worker: Worker) -> None:
    receive(app, worker, "r2")
    assert worker.did == ["run"]
    [(seconds, stop)] = worker.later
    stop()
    assert (seconds, worker.did[1:]) == (canary.READ_FOR, [("stop reading", OWN)])


def test_after_a_lost_connection_the_queue_stays(app: Celery, worker: Worker) -> None:
    receive(app, worker, "r2")
    worker.connection = object()
    [(_, stop)] = worker.later
    stop()
    assert worker.did == ["run"]


def test_the_answer_says_what_went_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))

    def told() -> Any:
        return json.loads((tmp_path / canary.ANSWER).read_text())

    monkeypatch.setattr(canary, "_ask_database", lambda: None)
    canary.answer("one")
    assert told() == {"canary": "one", "error": None}

    def refuse() -> None:
        raise ConnectionError("no way to db1")

    monkeypatch.setattr(canary, "_ask_database", refuse)
    with pytest.raises(ConnectionError):
        canary.answer("two")
    assert told() == {"canary": "two", "error": "ConnectionError: no way to db1"}
    assert [file.name for file in tmp_path.iterdir()] == [canary.ANSWER]


def test_a_canary_is_a_message_to_one_queue(app: Celery) -> None:
    with app.connection_for_write() as connection:
        queue = Queue(OWN, Exchange("tasks", "topic"), routing_key=OWN)
        bound = queue(connection.channel())
        bound.declare()
        wanted = [{"queue": OWN, "release": "r2", "not_for": "a"}]
        [(name, one)] = canaries.send(app, wanted).items()
        message = bound.get(no_ack=True)
    assert (name, message.headers["id"], message.headers["task"]) == (OWN, one, canary.NAME)
    assert (message.headers[canary.RELEASE], message.headers[canary.NOT_FOR]) == ("r2", "a")
    assert message.decode()[0] == [one]


@pytest.mark.parametrize(
    ("environment", "called"),
    [({identity.NAME: "mail-1@two/r2"}, "mail-1@two/r2"), ({}, None)],
)
def test_the_broker_is_told_who_connects(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], called: str | None
) -> None:
    monkeypatch.setattr(Connection, "library_properties", Connection.library_properties)
    identity.install(environment)
    properties = Connection("localhost").client_properties
    assert properties.get("connection_name") == called
    assert properties["product"] == "py-amqp"
