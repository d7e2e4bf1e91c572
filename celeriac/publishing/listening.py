"""The relay's own database connection: bounded in all it waits for, and woken by writers."""

import contextlib
import os
import select
from collections.abc import Iterator
from typing import Any

from django.db import connections, transaction

from celeriac.publishing.message import CHANNEL

# Beside what the application's own settings say. Seconds, but for tcp_user_timeout.
CONNECT = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
SESSION = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    # A relay that hangs lets go of the rows it has claimed.
    "idle_in_transaction_session_timeout": "60s",
    # A delete that a crash of the database undoes is a message sent twice, no more.
    "synchronous_commit": "off",
    # The index on id in its order, whatever the statistics of a table that is mostly empty say.
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_sort": "off",
    # Those make every other plan look so dear that it would be compiled: 6 ms at each look.
    "jit": "off",
}


class Database:
    """Django's connection of one alias, which nobody else in this process uses.

    It must lead to PostgreSQL itself: LISTEN and settings of a session do not pass through a
    pooler that shares sessions.
    """

    def __init__(self, alias: str) -> None:
        self.connection: Any = connections[alias]
        settings = self.connection.settings_dict
        settings["OPTIONS"] = {**settings["OPTIONS"], **CONNECT}
        # A file descriptor that a signal handler can make readable.
        self._stop = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def ensure(self) -> None:
        """Connect, if it is not.

        Raises:
            django.db.Error: the database is away.

        """
        if self.connection.connection is not None:
            return
        self.connection.ensure_connection()
        with self.connection.cursor() as cursor:
            for name, value in SESSION.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])
            cursor.execute(f"LISTEN {CHANNEL}")

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Any]:
        """A cursor in a transaction that ends with the block."""
        with transaction.atomic(self.connection.alias), self.connection.cursor() as cursor:
            yield cursor

    def close(self) -> None:
        """Forget the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            self.connection.close()
        self.connection.connection = None

    def wait(self, seconds: float) -> None:
        """Return when a writer has notified, after `wake`, or when the time is over.

        Raises:
            django.db.Error: the connection has ended.

        """
        raw = self.connection.connection
        if raw is None:
            select.select([self._stop], [], [], seconds)
            return
        with self.connection.wrap_database_errors:
            # One that came while something else was read is in the driver, not in the socket.
            if not _notified(raw):
                select.select([self._stop, raw], [], [], seconds)
                _notified(raw)

    def wake(self) -> None:
        """Let `wait` return from now on; for signal handlers."""
        os.eventfd_write(self._stop, 1)


def _notified(raw: Any) -> bool:
    """Take the notifications that have come. Psycopg 2 has a list; psycopg 3 hands them out."""
    if hasattr(raw, "poll"):
        raw.poll()
        count = len(raw.notifies)
        raw.notifies.clear()
        return count > 0
    return sum(1 for _ in raw.notifies(timeout=0)) > 0
