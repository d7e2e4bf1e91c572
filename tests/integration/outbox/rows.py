"""The outbox as another session sees it: what is committed, and nothing else."""

import json
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extras import RealDictCursor


@dataclass
class Rows:
    connection: Connection

    def all(self) -> list[dict[str, Any]]:
        """In the order in which they were written."""
        with self.connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute("SELECT * FROM celeriac_outbox ORDER BY id")
            return [{**row, "body": bytes(row["body"])} for row in cursor.fetchall()]

    def one(self) -> dict[str, Any]:
        (row,) = self.all()
        return row

    def tasks(self) -> list[str]:
        return [row["task"].rpartition(".")[2] for row in self.all()]

    def body(self) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
        """The only row's arguments, and what protocol 2 keeps beside them."""
        args, kwargs, later = json.loads(self.one()["body"])
        return args, kwargs, later

    def notified(self) -> int:
        """Return how many times relays were woken since the last call.

        A notification of our own comes after them: PostgreSQL keeps the order of commits.
        """
        with self.connection.cursor() as cursor:
            cursor.execute("NOTIFY celeriac_outbox, 'ours'")
        notifications = self.connection.notifies
        while not any(one.payload for one in notifications):
            select.select([self.connection], [], [], 5)
            self.connection.poll()
        number = len(notifications) - 1
        notifications.clear()
        return number

    @contextmanager
    def refusing(self, task_id: str) -> Iterator[None]:
        """The database does not take the task with this id."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE celeriac_outbox ADD CONSTRAINT refusing CHECK (task_id <> %s)",
                [task_id],
            )
            yield
            cursor.execute("ALTER TABLE celeriac_outbox DROP CONSTRAINT refusing")

    def end(self, session: Any) -> None:
        """End a session of Django's, as a restart of PostgreSQL would."""
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(%s, 5000)", [session.connection.info.backend_pid]
            )
