"""Tasks: the functions and classes that make them, under the names that messages carry."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

from celeriac.description.scan import tasks_in
from celeriac.starting.evidence import Found, Place
from celeriac.starting.project import calls
from celeriac.starting.source import Source, dotted, literal, text_of
from celeriac.starting.tree import Tree

# Calls that may send a task to a queue, or name the queue of one.
_SENDING = {"apply_async", "send_task", "set", "s", "si", "signature", "subtask", "task", "shared_task"}  # fmt: skip


@dataclass(frozen=True)
class Task:
    """A task with the queue and the time limit (seconds) that its own options name, if they do."""

    name: str
    module: str
    queue: str | None
    place: Place
    time_limit: int | None = None


def find(tree: Tree) -> list[Task]:
    """Return the project's tasks, in the order of their names."""
    found = [task for source in tree.modules.values() for task in in_source(source)]
    return sorted(found, key=lambda task: task.name)


def in_source(source: Source) -> list[Task]:
    """Return the tasks of one file: decorated functions, and classes that are registered."""
    if "task" not in source.text.lower():
        return []
    said = dict(_decorated(source))
    functions = [
        Task(
            one.name or f"{source.module}.{one.function}",
            source.module,
            text(said.get((one.line, "queue"))),
            Place(str(source.path), one.line),
            seconds(said.get((one.line, "time_limit"))),
        )
        for one in tasks_in(source.text)
    ]
    return [*functions, *_classes(source)]


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def seconds(value: object) -> int | None:
    """Return a limit in whole seconds, at least what it says."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return math.ceil(value)
    return None


def queues_used(tree: Tree) -> list[Found[str]]:
    """Return the queues that calls name: ``apply_async(queue="mail")``, decorators included."""
    found = []
    for source in tree.modules.values():
        if "queue" not in source.text:
            continue
        for name, call in calls(source):
            words = {word.arg: word.value for word in call.keywords}
            last = name.rpartition(".")[2] or getattr(call.func, "attr", "")
            queue = text_of(words.get("queue"), source)
            if queue and last in _SENDING:
                found.append(Found(queue, source.place(call)))
    return found


def _decorated(source: Source) -> Iterator[tuple[tuple[int, str], object]]:
    """Yield what decorators say plainly: line of the function and name of the option, and the value."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                words = decorator.keywords if isinstance(decorator, ast.Call) else []
                for word in words:
                    if word.arg:
                        yield (node.lineno, word.arg), literal(word.value, source)


def _classes(source: Source) -> Iterator[Task]:
    """Yield classes that the file registers: without that, Celery knows none of them."""
    registered = {
        dotted(first.func if isinstance(first, ast.Call) else first)
        for name, call in calls(source)
        if name.rpartition(".")[2] in {"register_task", "register"} and call.args
        for first in call.args[:1]
    }
    for node in source.tree.body:
        if isinstance(node, ast.ClassDef) and node.name in registered and _is_task(node):
            said = dict(_attributes(node, source))
            name = text(said.get("name")) or f"{source.module}.{node.name}"
            limit = seconds(said.get("time_limit"))
            yield Task(name, source.module, text(said.get("queue")), source.place(node), limit)


def _is_task(node: ast.ClassDef) -> bool:
    """Whether the class runs or inherits from something that is called a task."""
    runs = any(isinstance(part, ast.FunctionDef) and part.name == "run" for part in node.body)
    return runs or any(dotted(base).endswith("Task") for base in node.bases)


def _attributes(node: ast.ClassDef, source: Source) -> Iterator[tuple[str, object]]:
    for part in node.body:
        if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Name):
            yield part.targets[0].id, literal(part.value, source)
