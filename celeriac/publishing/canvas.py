"""Gives the tasks that a message starts later their ids, when the message is made.

Celery gives most of them an id when they are published, so that publishing once more would make
other tasks of them. Here a link, an errback, a chord's body and each member of a group or chain
among them is named after the task that starts it and its place there: however often a worker
publishes them, they are the same tasks. Groups themselves, which are no tasks, may differ.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("8a6c1d4e-52a1-5d0e-9d3b-6f0f6c1c9b57")


def with_ids(later: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """Return protocol 2's callbacks, errbacks, chain and chord, each task with its id.

    Signatures are copied: one that a program uses for many tasks must not keep the first's id.
    """
    return {place: _each(value, owner, place) for place, value in later.items()}


def _each(signatures: Any, owner: str, place: str) -> Any:
    """One signature, several, or none."""
    if not signatures:
        return signatures
    if isinstance(signatures, Mapping):
        return _named(signatures, owner, place)
    return [_named(one, owner, f"{place}/{position}") for position, one in enumerate(signatures)]


def _named(signature: Mapping[str, Any], owner: str, place: str) -> dict[str, Any]:
    options = dict(signature.get("options") or {})
    kind = signature.get("subtask_type")
    own = options.get("task_id") or _id(owner, f"{place}/{signature['task']}")
    kwargs = _parts(kind, signature.get("kwargs"), own)
    if kind == "chain":
        # Such an id would be its last task's, which has one.
        last = kwargs["tasks"][-1:] or [{}]
        own = last[0].get("options", {}).get("task_id", own)
    else:
        options["task_id"] = own
    for name in ("link", "link_error", "chord"):
        if name in options:
            options[name] = _each(options[name], own, name)
    return {**signature, "options": options, "kwargs": kwargs}


def _parts(kind: str | None, kwargs: Any, own: str) -> Any:
    names = {"chain": ("tasks",), "group": ("tasks",), "chord": ("header", "body")}.get(kind or "")
    return {**kwargs, **{name: _each(kwargs[name], own, name) for name in names or ()}}


def _id(owner: str, place: str) -> str:
    return str(uuid5(NAMESPACE, f"{owner}/{place}"))
