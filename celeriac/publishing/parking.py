"""Messages that wait or are parked, for those who look after them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connections, models, transaction

from celeriac.publishing.message import COLUMNS, PARKED_TABLE, TABLE
from celeriac.publishing.models import OutboxMessage, ParkedMessage
from celeriac.publishing.outbox import Wakeup


def select(
    alias: str, *, waiting: bool, task_ids: Sequence[str], task: str | None, reason: str | None
) -> models.QuerySet[Any]:
    """Return the messages that fulfil every condition that is given, the oldest first.

    reason: the word that the reason of a parked message begins with.
    """
    model = OutboxMessage if waiting else ParkedMessage
    found = model.objects.using(alias).order_by("id")
    if task_ids:
        found = found.filter(task_id__in=task_ids)
    if task:
        found = found.filter(task=task)
    if reason:
        found = found.filter(reason__startswith=f"{reason}:")
    return found


def summary(message: Any) -> dict[str, Any]:
    """Return what can be shown of a message without its arguments."""
    shown = {
        "task_id": message.task_id,
        "task": message.task,
        "queue": message.routing_key,
        "writer": message.writer,
        "accepted_at": message.created_at.isoformat(),
        "age_seconds": round((datetime.now(UTC) - message.created_at).total_seconds(), 1),
        "eta": message.eta and message.eta.isoformat(),
        "expires": message.expires and message.expires.isoformat(),
    }
    if isinstance(message, ParkedMessage):
        shown |= {"reason": message.reason, "parked_at": message.parked_at.isoformat()}
    return shown


def details(message: Any) -> dict[str, Any]:
    """Return all of a message, its arguments too."""
    return summary(message) | {
        "exchange": message.exchange,
        "headers": message.headers,
        "properties": message.properties,
        "content_type": message.content_type,
        "body": _body(message),
    }


def retry(found: models.QuerySet[Any]) -> int:
    """Move parked messages back into the outbox; return how many.

    Their writer is then who retries them: what was forbidden to its first writer is sent if the
    operator's database role may use the key.
    """
    names = ", ".join(COLUMNS)
    with transaction.atomic(found.db), connections[found.db].cursor() as cursor:
        ids = list(found.select_for_update(skip_locked=True).values_list("id", flat=True))
        cursor.execute(
            f"INSERT INTO {TABLE} ({names}) SELECT {names} FROM {PARKED_TABLE} "  # noqa: S608
            "WHERE id = ANY (%s) ORDER BY id",
            [ids],
        )
        found.model.objects.using(found.db).filter(id__in=ids).delete()
    Wakeup(found.db)()
    return len(ids)


def drop(found: models.QuerySet[Any]) -> list[dict[str, Any]]:
    """Delete messages for good, but for those that a relay is sending; return what they were."""
    with transaction.atomic(found.db):
        dropped = list(found.select_for_update(skip_locked=True))
        ids = [message.id for message in dropped]
        found.model.objects.using(found.db).filter(id__in=ids).delete()
    return [summary(message) for message in dropped]


def _body(message: Any) -> Any:
    """Decoded where it is JSON; else as Python writes bytes."""
    body = bytes(message.body)
    try:
        decoded: Mapping[str, Any] | list[Any] = json.loads(body)
    except ValueError:
        return repr(body)
    return decoded
