"""Which tasks are asked for by what the database holds: the outbox, the parked, the schedule.

A due time whose tick is written needs no look of its own: the tick's task is written in the same
transaction, into the outbox.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from celery import current_app
from django.apps import apps
from kombu.compression import decompress
from kombu.serialization import loads, prepare_accept_content

from celeriac.publishing.models import OutboxMessage, ParkedMessage


@dataclass(slots=True)
class InUse:
    """How many messages, or entries, ask for each task.

    outbox, parked: as the message's own task, or as one that it goes on with.
    schedule: entries that are enabled. One that is paused asks for nothing.
    unreadable: stored messages that may go on with any task.
    """

    outbox: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)
    schedule: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0

    @classmethod
    def read(cls, alias: str) -> "InUse":
        """Read and decode every stored message; raises django.db.Error."""
        found = cls()
        found._count(found.outbox, OutboxMessage, alias)
        found._count(found.parked, ParkedMessage, alias)
        found.schedule.update(_entries(alias))
        return found

    def as_dict(self) -> dict[str, Any]:
        return {
            "outbox": dict(self.outbox),
            "parked": dict(self.parked),
            "schedule": dict(self.schedule),
            "unreadable": self.unreadable,
        }

    def _count(self, counter: Counter[str], model: Any, alias: str) -> None:
        accepted = current_app.conf.accept_content
        accept = prepare_accept_content(accepted)  # type: ignore[no-untyped-call]
        columns = ("task", "headers", "content_type", "content_encoding", "body")
        rows = model.objects.using(alias).values_list(*columns)
        for task, headers, content_type, encoding, body in rows.iterator():
            try:
                message = _decoded(headers, content_type, encoding, bytes(body), accept)
                later = set(_signatures(message))
            except Exception:
                # Whatever a serializer raises: the message is there all the same.
                self.unreadable += 1
                later = set()
            counter.update({task} | later)


def _decoded(
    headers: Mapping[str, Any], content_type: str, encoding: str, body: bytes, accept: Any
) -> Any:
    """Return what a worker would read; no serializer that it refuses is used."""
    if compression := headers.get("compression"):
        body = decompress(body, compression)  # type: ignore[no-untyped-call]
    return loads(body, content_type, encoding, accept=accept)  # type: ignore[no-untyped-call]


def _signatures(value: Any) -> Iterator[str]:
    """Yield the tasks of all signatures in a message: what follows it, and what it was given."""
    if isinstance(value, dict):
        if {"task", "args", "kwargs"} <= value.keys() and isinstance(value["task"], str):
            yield value["task"]
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from _signatures(one)


def _entries(alias: str) -> list[str]:
    if not apps.is_installed("django_celery_beat"):
        return []
    from django_celery_beat.models import PeriodicTask

    enabled = PeriodicTask.objects.using(alias).filter(enabled=True)
    return list(enabled.values_list("task", flat=True))
