"""What all tasks with an effect have in common."""

from django.db import InterfaceError, OperationalError

from ledger import planted

EFFECT = {
    "bind": True,
    "once": not planted.inbox_off(),
    # While the database is away, from this host at least: try again until it is back.
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": 1,
    "retry_backoff_max": 8,
    "max_retries": None,
}
