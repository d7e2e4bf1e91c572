"""Who leads: a lock of PostgreSQL that belongs to this process's one database session.

Four things keep two beats from leading at once, each enough where the others cannot see:

- The lock is checked in every transaction that writes a tick, by the session that commits it. A
  session that has lost it, or is not the one that took it, writes nothing.
- The server ends a session that it has not heard of for SERVER_LETS_GO, and gives the lock to
  another: the leader's host is gone or cut off, or its process is frozen.
- This process ends before that: see `celeriac.scheduling.pulse`.
- A tick has a unique key.
"""

import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django.db
from django.db import connections
from django_celery_beat.models import PeriodicTasks

from celeriac.scheduling.limits import SERVER_LETS_GO, STATEMENT_FAILS

# Each database has one schedule and so one lock; its number is ASCII.
LOCK = int.from_bytes(b"cel-beat", "big")

_SERVER_SETTINGS = {
    "statement_timeout": STATEMENT_FAILS * 1000,
    "lock_timeout": STATEMENT_FAILS * 1000 // 2,
    "idle_session_timeout": SERVER_LETS_GO * 1000,
    "idle_in_transaction_session_timeout": STATEMENT_FAILS * 1000,
    # How the server finds out that the leader's host has gone without a word.
    "tcp_keepalives_idle": 2,
    "tcp_keepalives_interval": 1,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": STATEMENT_FAILS * 1000,
}
_CLIENT_SETTINGS = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": STATEMENT_FAILS * 1000,
}

# As pg_locks shows a lock of one 64-bit number.
_HOLDS = f"""
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = {LOCK >> 32} AND objid = {LOCK & 0xFFFFFFFF} AND objsubid = 1
), clock_timestamp(), (SELECT max(last_update) FROM {PeriodicTasks._meta.db_table})
"""  # noqa: S608 (constants)

_SESSION_ENDED = "its database session has ended, and the lock with it"


class LeadLost(Exception):
    """The process does not lead any more, or cannot know that it does."""


@dataclass(frozen=True)
class Moment:
    """The database's time, which all hosts share, and when the schedule was last changed."""

    now: datetime
    changed: datetime | None


class Lead:
    """The session and its lock. One for each process, and no other code may use the connection."""

    def __init__(self, alias: str) -> None:
        """Prepare the connection of that alias; it is opened by the first `take`.

        It has to lead to PostgreSQL itself: behind a pooler a session is not one's own. A
        pooler refuses the settings, and the lock would be found missing.
        """
        self._connection = connections[alias]
        self._connection.close()
        self._connection.settings_dict = _settings(self._connection.settings_dict)

    def take(self) -> bool:
        """Try to take the lock, without waiting.

        Raises:
            django.db.Error: the database does not answer.

        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
                return bool(cursor.fetchone()[0])
        except django.db.Error:
            self._connection.close()
            raise

    def check(self) -> Moment:
        """Make sure that this session holds the lock; in a transaction, that it may commit.

        Raises:
            LeadLost: it does not, or the database does not answer.

        """
        if self._connection.connection is None:
            # Django would connect anew; the new session would hold nothing.
            raise LeadLost(_SESSION_ENDED)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(_HOLDS)
                holds, now, changed = cursor.fetchone()
        except django.db.Error as error:
            raise LeadLost(f"the database does not answer: {_line(error)}") from error
        if not holds:
            raise LeadLost(_SESSION_ENDED)
        return Moment(now, changed)

    def end(self) -> bool:
        """Let another lead at once; False within a transaction, which has to end first."""
        if self._connection.in_atomic_block:
            return False
        self._connection.close()
        return True


def _settings(own: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in own["OPTIONS"].items() if name != "pool"}
    server = " ".join(f"-c {name}={value}" for name, value in _SERVER_SETTINGS.items())
    ours = _CLIENT_SETTINGS | {
        "application_name": f"beat@{socket.gethostname()}",
        "options": f"{options.get('options', '')} {server}".strip(),
    }
    kept_open = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False, "AUTOCOMMIT": True}
    return own | kept_open | {"OPTIONS": options | ours}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
