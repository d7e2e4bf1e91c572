"""An entry's task, published as Celery's own beat would, into the outbox."""

import json
import uuid
from datetime import datetime
from typing import Any

from celery import Celery
from django_celery_beat.models import PeriodicTask

# The admin leaves them empty as a rule: celeriac.yml routes every task.
_OPTIONS = ("queue", "exchange", "routing_key", "priority")


class EntryFault(Exception):
    """An entry's task cannot be published as it stands. The text says what to change."""


def publish(app: Celery, entry: PeriodicTask, task_id: uuid.UUID, expires: datetime | None) -> None:
    """Publish, in the transaction that is open.

    Raises:
        EntryFault: this release has no such task, or its arguments are not JSON.
        Exception: what `apply_async` raises.

    """
    task = app.tasks.get(entry.task)
    if task is None:
        raise EntryFault(
            f"this release has no task {entry.task!r}. Choose another in the admin, or pause the "
            "entry until a release has it."
        )
    headers = _json(entry, "headers", dict)
    headers |= {"periodic_task_name": entry.name, "celery_beat_task": True}
    given = {name: getattr(entry, name) for name in _OPTIONS}
    task.apply_async(
        _json(entry, "args", list),
        _json(entry, "kwargs", dict),
        task_id=str(task_id),
        expires=expires,
        headers=headers,
        **{name: value for name, value in given.items() if value is not None},
    )


def _json(entry: PeriodicTask, field: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
    try:
        value = json.loads(getattr(entry, field) or json.dumps(kind()))
    except ValueError as error:
        raise EntryFault(
            f"its {field} are not JSON: {error}. Correct them in the admin."
        ) from error
    if not isinstance(value, kind):
        shape = "a list" if kind is list else "an object"
        raise EntryFault(f"its {field} have to be {shape} of JSON. Correct them in the admin.")
    return value
