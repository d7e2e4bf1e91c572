"""Queues: from routes, from declarations, from calls; and which tasks go to each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from celeriac.starting.celery_app import App
from celeriac.starting.evidence import Found, Place
from celeriac.starting.settings import Setting, Settings, said
from celeriac.starting.source import Source, dotted, literal, text_of
from celeriac.starting.tasks import Task, queues_used
from celeriac.starting.tree import Tree


@dataclass
class Queue:
    """A queue, the place that names it, and the tasks that go there."""

    name: str
    place: Place | None
    tasks: list[Task] = field(default_factory=list)

    @property
    def modules(self) -> list[str]:
        return sorted({task.module for task in self.tasks})


@dataclass(frozen=True)
class Queues:
    """The queues by name, the default one, and routes that only running them would tell."""

    queues: dict[str, Queue]
    default: str
    unread: list[Place]


def find(tree: Tree, celery: Settings, tasks: list[Task]) -> Queues:
    """Return the queues of an application that routes by itself."""
    said_default = said(celery, "task_default_queue", str)
    default = str(said_default.value) if said_default else "celery"
    routes, unread = _routes(celery.get("task_routes"))
    named: dict[str, Queue] = {}
    places = [*_declared(celery.get("task_queues")), *(Found(q.value, q.place) for _, q in routes)]
    for one in [*places, *queues_used(tree)]:
        named.setdefault(one.value, Queue(one.value, one.place))
    for task in tasks:
        name = task.queue or _routed(task.name, routes) or default
        place = said_default.place if said_default else None
        queue = named.setdefault(name, Queue(name, task.place if task.queue else place))
        queue.tasks.append(task)
    # Tasks that could not be read go there, unless they say otherwise.
    if not named or any(file.has_tasks for file in tree.unparsed.values()):
        named.setdefault(default, Queue(default, said_default.place if said_default else None))
    return Queues(dict(sorted(named.items())), default, unread)


def by_module(app: App, tasks: list[Task]) -> Queues:
    """Return one queue a module, for an application whose queues the kit declares."""
    named: dict[str, Queue] = {}
    for task in tasks:
        parts = task.module.split(".")
        last = parts[-2] if parts[-1] == "tasks" and len(parts) > 1 else parts[-1]
        name = re.sub(r"[^A-Za-z0-9-]+", "-", last.replace("_", "-"))
        named.setdefault(name, Queue(name, task.place)).tasks.append(task)
    if not named:
        named["default"] = Queue("default", app.integrated)
    busiest = max(named.values(), key=lambda queue: len(queue.tasks))
    return Queues(dict(sorted(named.items())), busiest.name, [])


def _routed(task: str, routes: list[tuple[str, Found[str]]]) -> str | None:
    """Return the queue of the first route that fits, as Celery asks them."""
    return next((queue.value for name, queue in routes if fnmatchcase(task, name)), None)


def _routes(setting: Setting | None) -> tuple[list[tuple[str, Found[str]]], list[Place]]:
    """Return task patterns with their queue, and the places of routers that are code."""
    found: list[tuple[str, Found[str]]] = []
    unread: list[Place] = []
    if setting is not None:
        _read_routes(setting.node, setting.source, found, unread)
    # An exact name wins over patterns.
    return sorted(found, key=lambda route: "*" in route[0] or "?" in route[0]), unread


def _read_routes(
    node: ast.expr, source: Source, found: list[tuple[str, Found[str]]], unread: list[Place]
) -> None:
    if isinstance(node, ast.Name) and node.id in source.constants:
        node = source.constants[node.id]
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            _route(key, value, source, found, unread)
    elif isinstance(node, ast.List | ast.Tuple):
        items = node.elts
        if len(items) == 2 and text_of(items[0], source) and not isinstance(items[1], ast.Constant):
            _route(items[0], items[1], source, found, unread)
            return
        for item in items:
            _read_routes(item, source, found, unread)
    else:
        unread.append(source.place(node))


def _route(
    key: ast.expr | None,
    value: ast.expr,
    source: Source,
    found: list[tuple[str, Found[str]]],
    unread: list[Place],
) -> None:
    pattern, target = text_of(key, source), literal(value, source)
    queue = target.get("queue") if isinstance(target, dict) else target
    if pattern and isinstance(queue, str):
        found.append((pattern, Found(queue, source.place(value))))
    else:
        unread.append(source.place(value))


def _declared(setting: Setting | None) -> Iterator[Found[str]]:
    """Yield the queues of ``task_queues``: a mapping by name, or calls of kombu's Queue."""
    if setting is None:
        return
    source = setting.source
    if isinstance(setting.node, ast.Dict):
        for key in setting.node.keys:
            if name := text_of(key, source):
                yield Found(name, setting.place)
    for node in ast.walk(setting.node):
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "Queue":
            words = {word.arg: word.value for word in node.keywords}
            first = node.args[0] if node.args else words.get("name")
            if name := text_of(first, source):
                yield Found(name, source.place(node))
