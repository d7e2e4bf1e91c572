"""The ways to publish many tasks, from Celery's own to ours, side by side."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from celery import Celery
from celery.utils import uuid
from kombu import Exchange, Queue

from celeriac.publishing.in_flight import Outgoing
from celeriac.publishing.nodes import Nodes
from celeriac.publishing.pipeline import Pipeline
from tests.integration.relaying.office import LETTERS, Office

WINDOW = 1000


def steps(office: Office, count: int) -> None:
    url = office.application.url("relay")
    app = Celery("bench", broker=url)
    exchange = Exchange("tasks", type="topic", no_declare=True)
    app.conf.update(
        task_queues=[Queue(LETTERS, exchange, routing_key=LETTERS, no_declare=True)],
        task_default_queue=LETTERS,
        task_default_exchange_type="topic",
        task_ignore_result=True,
    )

    @app.task(name="parcels.tasks.deliver")
    def task(number: int, note: str = "") -> None:
        pass

    def delay(number: int) -> None:
        for each in range(number):
            task.delay(each, "fragile")

    def delay_confirmed(number: int) -> None:
        with app.connection_for_write(transport_options={"confirm_publish": True}) as connection:
            producer = app.amqp.Producer(connection)
            for each in range(number):
                task.apply_async((each, "fragile"), producer=producer)

    def kombu_producer(number: int) -> None:
        with Confirmed(app) as confirmed:
            producer = app.amqp.Producer(confirmed.channel, auto_declare=False)
            for each in range(number):
                task.apply_async((each, "fragile"), producer=producer, retry=False, declare=[])
                confirmed.sent()

    def task_message(number: int) -> None:
        with Confirmed(app) as confirmed:
            producer = app.amqp.Producer(confirmed.channel, auto_declare=False)
            for message in messages(app, number):
                producer.publish(
                    message.body,
                    headers=message.headers,
                    serializer="json",
                    exchange="tasks",
                    routing_key=LETTERS,
                    **message.properties,
                )
                confirmed.sent()

    def pipeline(number: int) -> None:
        ours = Pipeline(Nodes(app).connect(), limit=600)
        ours.send([outgoing(message) for message in messages(app, number)])
        ours.close()

    for name, way, share in (
        (".delay(), no confirm", delay, 20),
        (".delay(), confirm", delay_confirmed, 40),
        ("apply_async, pipelined kombu producer", kombu_producer, 4),
        ("as_task_v2, pipelined kombu producer", task_message, 4),
        ("as_task_v2, pipeline", pipeline, 2),
    ):
        cpu, since = time.process_time(), time.monotonic()
        way(count // share)
        tell(name, count // share, time.monotonic() - since, time.process_time() - cpu)
        office.received()
    for name, process in (("direct", "pool-letters"), ("into the outbox", "web")):
        unit = office.application.start(
            process, ["python", "-m", "parcels.many", str(count)], ready="none", dialogue=True
        )
        found = json.loads(unit.process.communicate()[0])
        tell(f"publish_many, {name}", count, found["seconds"], found["cpu"])
    office.received()


class Confirmed:
    """A channel whose confirms are counted."""

    def __init__(self, app: Celery) -> None:
        self._connection = app.connection_for_write()
        self.channel = self._connection.channel()
        self.channel.confirm_select()
        self.channel.events["basic_ack"].add(self._on_ack)
        self._sent = self._acknowledged = 0

    def __enter__(self) -> Confirmed:
        return self

    def __exit__(self, *_: object) -> None:
        while self._acknowledged < self._sent:
            self._connection.drain_events(timeout=10)
        self._connection.release()

    def sent(self) -> None:
        self._sent += 1
        while self._sent - self._acknowledged > WINDOW:
            self._connection.drain_events(timeout=10)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._acknowledged = tag if multiple else self._acknowledged + 1


def messages(app: Celery, number: int) -> Iterator[Any]:
    for each in range(number):
        yield app.amqp.as_task_v2(uuid(), "parcels.tasks.deliver", (each, "fragile"))


def outgoing(message: Any) -> Outgoing:
    properties = {
        **message.properties,
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "delivery_mode": 2,
        "application_headers": message.headers,
    }
    return Outgoing("tasks", LETTERS, properties, json.dumps(message.body).encode())


def tell(name: str, number: int, seconds: float, cpu: float) -> None:
    print(f"{name:40} {number / seconds:8.0f} /s {cpu / number * 1e6:6.0f} us CPU", flush=True)
