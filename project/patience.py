"""How long a request waits for the database: a bound on silence that nothing else gives.

libpq's own `connect_timeout` begins at one second and ends with the connecting; TCP notices a
host that is gone, not a server that is stuck. Only for processes that serve requests.
"""

import select
import threading
import time

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, connection, set_wait_callback

SECONDS = 0.8  # a request's waiting for the database, all in all


class _Waited(threading.local):
    seconds: float | None = None  # None: outside of requests there is no bound


_waited = _Waited()


def install() -> None:
    """Let psycopg2 wait through Python, in every thread of this process."""
    set_wait_callback(_wait)


def begin() -> None:
    """A new request has all its patience."""
    _waited.seconds = 0.0


def _wait(database: connection) -> None:
    """Raise OperationalError when the patience is at its end; psycopg2 then closes."""
    while (state := database.poll()) != POLL_OK:
        sides = ([database], []) if state == POLL_READ else ([], [database])
        since = time.monotonic()
        answered = any(select.select(*sides, [], _left()))
        if _waited.seconds is not None:
            _waited.seconds += time.monotonic() - since
        if not answered:
            raise OperationalError(f"this request has waited {SECONDS} s for the database")


def _left() -> float | None:
    return None if _waited.seconds is None else max(0.0, SECONDS - _waited.seconds)
