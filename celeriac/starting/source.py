"""A parsed file, and what stands plainly in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from celeriac.starting.evidence import Place


@dataclass(frozen=True)
class Source:
    """A parsed file; ``module`` is what its importers call it."""

    path: PurePosixPath
    module: str
    text: str
    tree: ast.Module

    def place(self, node: ast.AST) -> Place:
        """Return where the node stands."""
        return Place(str(self.path), getattr(node, "lineno", 1))

    @cached_property
    def constants(self) -> dict[str, ast.expr]:
        """Names that the file's top level gives a value."""
        return {
            target.id: value
            for targets, value in assignments(self.tree)
            for target in targets
            if isinstance(target, ast.Name)
        }

    @cached_property
    def imported(self) -> dict[str, str]:
        """Local names to what they were imported from: ``{"app": "shop.celery.app"}``."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.name if alias.asname else alias.name.partition(".")[0]
                    found[alias.asname or name] = name
            elif isinstance(node, ast.ImportFrom):
                origin = self.origin(node)
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{origin}.{alias.name}"
        return found

    def origin(self, node: ast.ImportFrom) -> str:
        """Return the module that a ``from … import`` names, relative ones resolved."""
        if not node.level:
            return node.module or ""
        parts = self.module.split(".")
        if self.path.name != "__init__.py":
            parts = parts[:-1]
        parts = parts[: len(parts) - (node.level - 1)]
        return ".".join([*parts, *([node.module] if node.module else [])])


def assignments(tree: ast.AST) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """Yield the targets and the value of each assignment outside functions and classes."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Assign):
            yield node.targets, node.value
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            yield [node.target], node.value
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
            yield from assignments(node)


def literal(node: ast.AST | None, source: Source, names: bool = True) -> object:
    """Return the plain value that is written there, or None if it is computed.

    With ``names``, those that the same file gives a plain value count as written (one step far:
    a file may define names by each other). Computed parts of lists and mappings are None.
    """
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if names and name in source.constants:
            return literal(source.constants[name], source, names=False)
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [value for item in items for value in _items(item, source, names)]
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            read = [
                (literal(key, source, names), literal(one, source, names)) for key, one in pairs
            ]
            return {key: value for key, value in read if isinstance(key, str)}
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(literal(left, source, names), op, literal(right, source, names))
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return {word.arg: literal(word.value, source, names) for word in keywords if word.arg}
    return None


def _items(node: ast.expr, source: Source, names: bool) -> list[object]:
    """Return the value of an item, or those of ``*OTHERS``."""
    if isinstance(node, ast.Starred):
        others = literal(node.value, source, names)
        return others if isinstance(others, list) else []
    return [literal(node, source, names)]


def _combined(left: object, op: ast.operator, right: object) -> object:
    """Return ``5 * 60`` and ``APPS + MORE_APPS`` as settings write them, else None."""
    if isinstance(op, ast.Mult) and isinstance(left, int) and isinstance(right, int):
        return left * right
    if isinstance(op, ast.Add) and isinstance(left, list) and isinstance(right, list):
        return left + right
    return None


def dotted(node: ast.AST) -> str:
    """Return ``a.b.c`` for such an expression, else the empty text."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def text_of(node: ast.AST | None, source: Source) -> str | None:
    """Return the text that is written there, or None."""
    value = literal(node, source)
    return value if isinstance(value, str) else None
