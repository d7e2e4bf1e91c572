"""Writes messages into the outbox, on the connection of the open transaction."""

import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, connections, transaction

from celeriac import runtime
from celeriac.publishing import transactions
from celeriac.publishing.errors import Refused
from celeriac.publishing.message import CHANNEL, COLUMNS, TABLE, Message
from celeriac.publishing.settings import ALLOW, OutboxSettings

logger = logging.getLogger(__name__)

# The escaped character itself, not the text that looks like its escape.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# Rows of one INSERT. psycopg 3 can bind 65,535 parameters at most.
ROWS_AT_ONCE = 500
_NAMES = ", ".join(COLUMNS)
_PLACES = ", ".join(
    "%s::jsonb" if column in ("headers", "properties") else "%s" for column in COLUMNS
)


def write(
    messages: Iterable[Message], *, using: str | None = None, independent: bool = False
) -> None:
    """Accept the messages: all or none, by the open transaction or, without one, at once.

    using: alias of the database; by default that of CELERIAC_OUTBOX.
    independent: on a connection of its own where a transaction is open, committed when this
        returns. For what has to stay when that transaction rolls back.

    The relay is woken after the commit. Not for use within `async def`: Django's connections
    are not.

    Raises:
        Refused: a message is too large, goes to no known queue or to one that this process'
            database role may not use, or a transaction of another database is open and none
            of this one.
        django.db.Error: the database did not take them.

    """
    settings = OutboxSettings.read()
    alias = using or settings.database
    rows = [_row(message, alias) for message in messages]
    if not rows:
        return
    if independent:
        with transactions.independent(alias):
            _insert(alias, rows)
        return
    if settings.other_transactions != ALLOW and (others := transactions.others_open(alias)):
        raise Refused(
            f"a task was published in a transaction of database {others[0]!r}, and the outbox is "
            f"in database {alias!r}: the task would run even if that transaction rolled back. "
            f"Open `transaction.atomic(using={alias!r})` around both, publish after the block, or "
            "allow it for every task: CELERIAC_OUTBOX = {'other_transactions': 'allow'}."
        )
    _insert(alias, rows)


def _row(message: Message, alias: str) -> Sequence[Any]:
    publishing = runtime.publishing()
    _refuse_key(message, publishing, connections[alias].settings_dict["USER"])
    row = [getattr(message, column) for column in COLUMNS]
    size = len(message.body)
    for name in ("headers", "properties"):
        text = _json(message, name)
        row[COLUMNS.index(name)] = text
        size += len(text)
    if size > publishing.message_limit:
        raise Refused(
            f"{message.task}[{message.task_id}]: its message has {size:,} bytes, and "
            f"{publishing.message_limit:,} are allowed. Store the data, and pass the task its key."
        )
    return row


def _refuse_key(message: Message, publishing: runtime.Publishing, role: str) -> None:
    key = message.routing_key
    if key not in publishing.queues:
        raise Refused(
            f"{message.task}[{message.task_id}]: no queue has the key {key!r}. "
            f"celeriac.yml describes: {', '.join(publishing.queues)}."
        )
    # An unknown role may stand behind a connection pooler; the relay knows who wrote the row.
    allowed = (publishing.writers or {}).get(role)
    if allowed is not None and key not in allowed:
        raise Refused(
            f"{message.task}[{message.task_id}]: this process may not publish to {key!r} (as "
            f"database role {role!r}). Add the queue to its `publishes` in celeriac.yml."
        )


def _json(message: Message, name: str) -> str:
    try:
        text = json.dumps(
            getattr(message, name), allow_nan=False, ensure_ascii=False, separators=(",", ":")
        )
        text.encode()
    except (TypeError, ValueError) as error:
        raise Refused(
            f"{message.task}[{message.task_id}]: its {name} are not JSON: {error}."
        ) from error
    if _NUL.search(text):
        raise Refused(
            f"{message.task}[{message.task_id}]: its {name} hold a NUL character, which "
            "PostgreSQL does not store."
        )
    return text


def _insert(alias: str, rows: Sequence[Sequence[Any]]) -> None:
    if len(rows) <= ROWS_AT_ONCE:
        _insert_at_once(alias, rows)
    else:
        with transaction.atomic(using=alias, savepoint=False):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                _insert_at_once(alias, rows[start : start + ROWS_AT_ONCE])
    transactions.after_commit(alias, Wakeup(alias))


def _insert_at_once(alias: str, rows: Sequence[Sequence[Any]]) -> None:
    places = ", ".join([f"({_PLACES})"] * len(rows))
    with connections[alias].cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TABLE} ({_NAMES}) VALUES {places}",  # noqa: S608 (names of ours)
            [value for row in rows for value in row],
        )


@dataclass(frozen=True, slots=True)
class Wakeup:
    """Tells the relays that there is something to send.

    Never within the transaction: PostgreSQL would let one commit at a time pass that notifies.
    It may be lost. A relay looks by itself after 100 ms.
    """

    alias: str

    def __call__(self) -> None:
        try:
            with connections[self.alias].cursor() as cursor:
                cursor.execute(f"NOTIFY {CHANNEL}")
        except Error as error:
            logger.debug("no relay was woken: %s", error)
