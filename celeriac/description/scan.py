"""Finds Celery tasks in Python source without importing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A function that a decorator makes a task; ``name`` if the decorator gives one."""

    function: str
    line: int
    name: str | None


def tasks_in(text: str) -> list[Task]:
    """Return the tasks that decorators make: ``shared_task``, or ``task`` of anything.

    Source that does not parse has none: it may be written for a newer Python than this one,
    and a worker that cannot import it says so.
    """
    if "task" not in text:
        return []
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []
    shared = set(_names_of_shared_task(tree))
    return sorted(_decorated(tree, shared), key=lambda task: task.line)


def _names_of_shared_task(tree: ast.AST) -> Iterator[str]:
    yield "shared_task"
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "celery":
            for alias in node.names:
                if alias.name == "shared_task" and alias.asname:
                    yield alias.asname


def _decorated(tree: ast.AST, shared: set[str]) -> Iterator[Task]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if _makes_task(decorator, shared):
                    yield Task(node.name, node.lineno, _given_name(decorator))


def _makes_task(decorator: ast.expr, shared: set[str]) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(called, ast.Name):
        return called.id in shared
    return isinstance(called, ast.Attribute) and called.attr in {"task", "shared_task"}


def _given_name(decorator: ast.expr) -> str | None:
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else []:
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return None
