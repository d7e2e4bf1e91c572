"""An application whose tasks nobody runs: rows go into its outbox, and messages lie in its queues."""

import itertools
import json
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2

from celeriac.publishing.message import CHANNEL, COLUMNS
from tests.integration.applications import Application
from tests.integration.broker import Broker
from tests.integration.database import Database
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for

FOLDER = Path(__file__).parents[1] / "parcels"
LETTERS, BOXES = "letters", "boxes"
_NAMES = ", ".join(COLUMNS)
_PLACES = ", ".join(["%s"] * len(COLUMNS))


def letter(**columns: Any) -> dict[str, Any]:
    """A message as `outbox.write` would store it, with some columns changed."""
    task_id = str(uuid4())
    return {
        "task_id": task_id,
        "task": "parcels.tasks.deliver",
        "exchange": "tasks",
        "routing_key": LETTERS,
        "body": json.dumps([[1], {}, {}]).encode(),
        "content_type": "application/json",
        "content_encoding": "utf-8",
        "headers": {"id": task_id, "task": "parcels.tasks.deliver"},
        "properties": {"correlation_id": task_id, "delivery_mode": 2},
        "eta": None,
        "expires": None,
        **columns,
    }


def due(seconds: float) -> dict[str, Any]:
    return letter(eta=datetime.now(UTC) + timedelta(seconds=seconds))


@dataclass
class Office:
    application: Application

    @classmethod
    def opened(cls, broker: Broker, database_url: str, state: Path) -> "Office":
        application = Application.deployed(FOLDER, broker, state, {})
        application.database = Database(database_url, application.description)
        application.database.create()
        application.manage("operations", "migrate", "--verbosity=0")
        return cls(application)

    @property
    def database(self) -> Database:
        assert self.application.database
        return self.application.database

    @property
    def broker(self) -> Broker:
        return self.application.broker

    @property
    def vhost(self) -> str:
        return self.application.vhost

    def again(self) -> "Office":
        """The same office, with processes of its own."""
        return Office(replace(self.application, started=[]))

    def empty(self) -> None:
        self.broker.empty(self.vhost)
        with self.database.cursor() as cursor:
            cursor.execute("TRUNCATE celeriac_outbox, celeriac_outbox_parked")

    def relay(self, **settings: Any) -> Unit:
        command = [*self.application.description.django.manage, "relay"]
        return self.application.start("relay", command, ready="self", **settings)

    # The outbox

    @contextmanager
    def transaction(self, process: str = "web"):
        """A cursor of the process' database role; commits at the end."""
        connection = psycopg2.connect(self.database.url(process))
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def accept(self, *letters: dict[str, Any], process: str = "web") -> list[str]:
        """Commit the messages in one transaction; return their tasks' ids. Wakes nobody."""
        with self.transaction(process) as cursor:
            insert(cursor, *letters)
        return [each["task_id"] for each in letters]

    def notify(self) -> None:
        with self.database.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")

    def waiting(self) -> int:
        return self.database.rows("SELECT count(*) FROM celeriac_outbox")[0][0]

    def parked(self) -> dict[str, str]:
        """Reasons by the task's id."""
        return dict(self.database.rows("SELECT task_id, reason FROM celeriac_outbox_parked"))

    def wait_sent(self, seconds: float = 60.0) -> None:
        wait_for(lambda: self.waiting() == 0, "the outbox is empty", seconds)

    # The queues

    def received(self, queue: str = LETTERS) -> Counter[str]:
        """Take all messages; return how often there was one of each task."""
        with self.broker.channel(self.vhost) as channel:
            count = channel.queue_declare(queue, passive=True).method.message_count
            messages = itertools.islice(channel.consume(queue, auto_ack=True), count)
            return Counter(properties.headers["id"] for _, properties, _ in messages)

    def arrival(self, queue: str = LETTERS, seconds: float = 60.0) -> float:
        """Wait for a message, and take it; return when it was there."""
        deadline = time.monotonic() + seconds
        with self.broker.channel(self.vhost) as channel:
            while time.monotonic() < deadline:
                if channel.basic_get(queue, auto_ack=True)[0]:
                    return time.monotonic()
        raise AssertionError(f"nothing in {queue} within {seconds} s")


def insert(cursor: Any, *letters: dict[str, Any]) -> None:
    rows = [
        [
            json.dumps(value) if isinstance(value := each[column], dict | list) else value
            for column in COLUMNS
        ]
        for each in letters
    ]
    places = ", ".join([f"({_PLACES})"] * len(rows))
    cursor.execute(
        f"INSERT INTO celeriac_outbox ({_NAMES}) VALUES {places}",  # noqa: S608
        [value for row in rows for value in row],
    )
