"""The inbox's statements, each on the connection of the transaction that is open."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connections

# Days for which an id is remembered: longer than a message can come again by itself. A dead
# letter has no end; one that is replayed later than this may do its work again.
DAYS_KEPT = 14
# Of PostgreSQL's advisory locks with two numbers, the first is ours; the second is of the id.
_LOCKS = 0x63656C72

_BEGIN = f"""
INSERT INTO celeriac_inbox (task_id, task)
SELECT %s, %s WHERE pg_try_advisory_xact_lock({_LOCKS}, hashtext(%s))
ON CONFLICT DO NOTHING
"""
_FIND = "SELECT content_type, content_encoding, value FROM celeriac_inbox WHERE task_id = %s"
_FINISH = """
UPDATE celeriac_inbox SET content_type = %s, content_encoding = %s, value = %s WHERE task_id = %s
"""
_PART = """
INSERT INTO celeriac_inbox_chord_part (group_id, task_id) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
_TABLES = ("celeriac_inbox", "celeriac_inbox_chord_part")
# The lowest ids are the oldest, so that no index by age is needed.
_CLEAN = """
DELETE FROM {table} WHERE created_at < now() - %s AND id IN (
    SELECT id FROM {table} ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


class Busy(Exception):
    """Another run of the same task is in its transaction just now."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A return value as Celery's result serializer wrote it."""

    content_type: str
    content_encoding: str
    value: bytes


def begin(alias: str, task_id: str, task: str) -> Stored | None:
    """Write the id down; None if it is new, else what the task returned.

    A run elsewhere that has not committed yet holds a lock until its end. It is not waited for:
    its worker may have lost the network, and PostgreSQL would notice after hours.

    Raises:
        Busy: there is such a run.

    """
    with connections[alias].cursor() as cursor:
        cursor.execute(_BEGIN, [task_id, task, task_id])
        if cursor.rowcount:
            return None
        cursor.execute(_FIND, [task_id])
        found = cursor.fetchone()
    if found is None:
        raise Busy
    content_type, content_encoding, value = found
    return Stored(content_type, content_encoding, bytes(value))


def finish(alias: str, task_id: str, stored: Stored) -> None:
    """Keep what the task returned, for deliveries that come again."""
    values = [stored.content_type, stored.content_encoding, stored.value, task_id]
    with connections[alias].cursor() as cursor:
        cursor.execute(_FINISH, values)


def count_part(alias: str, group_id: str, task_id: str) -> bool:
    """Note that a chord's member is counted; False if it was before."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_PART, [group_id, task_id])
        return bool(cursor.rowcount)


def clean(alias: str, *, days: int = DAYS_KEPT, limit: int = 500) -> int:
    """Forget up to `limit` of the oldest ids in each table, outside any transaction.

    Returns how many were forgotten. What another cleaner is at is left to it.
    """
    forgotten = 0
    with connections[alias].cursor() as cursor:
        for table in _TABLES:
            cursor.execute(_CLEAN.format(table=table), [timedelta(days=days), limit])
            forgotten += cursor.rowcount
    return forgotten
