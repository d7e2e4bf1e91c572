"""Environment variables that files read, each with the setting it becomes a part of."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from celeriac.starting.evidence import Place
from celeriac.starting.source import Source, assignments, dotted, literal
from celeriac.starting.tree import Tree

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_OPTIONAL = {"os.environ.get", "os.getenv"}
# django-environ's Env and python-decouple's config; dj_database_url.config takes no name.
_READERS = ("environ.Env", "decouple.config", "environs.Env", "os.getenv", "os.environ")
# What these read when they are called without a name.
_UNNAMED = {
    "db": "DATABASE_URL",
    "db_url": "DATABASE_URL",
    "cache": "CACHE_URL",
    "cache_url": "CACHE_URL",
    "email": "EMAIL_URL",
    "email_url": "EMAIL_URL",
}


@dataclass(frozen=True)
class Read:
    """A variable that is read; ``setting`` is ``DATABASES/default/HOST``, empty where unknown."""

    variable: str
    setting: str
    place: Place
    required: bool
    default: object = None


def read_in(source: Source, tree: Tree) -> list[Read]:
    """Return what the file reads from its environment, in the order of its lines.

    Besides `os.environ` that is django-environ, dj-database-url, python-decouple and functions
    of the project whose module reads the environment.
    """
    looked = _Looking(source, tree)
    found: dict[tuple[str, Place], Read] = {}
    for targets, value in assignments(source.tree):
        for one in looked.at(value, dotted(targets[0]) or _subscripted(targets[0], source)):
            found[one.variable, one.place] = one
    for node in ast.walk(source.tree):
        if (read := looked.one(node, "")) is not None:
            found.setdefault((read.variable, read.place), read)
    return sorted(found.values(), key=lambda read: read.place)


def _subscripted(target: ast.expr, source: Source) -> str:
    """Return ``DATABASES/default`` for ``DATABASES["default"]``."""
    if isinstance(target, ast.Subscript):
        owner = _subscripted(target.value, source)
        return f"{owner}/{literal(target.slice, source)}"
    return dotted(target)


class _Looking:
    """Finds reads in one file, which has its own names for what reads."""

    def __init__(self, source: Source, tree: Tree) -> None:
        self.source = source
        self.tree = tree
        # `env = environ.Env(DEBUG=(bool, False))`: the name that reads, and its defaults.
        self.readers: set[str] = set()
        self.defaults: dict[str, object] = {}
        for file in tree.with_starred(source):
            for name, value in file.constants.items():
                if isinstance(value, ast.Call) and _means(file, dotted(value.func)) in _READERS:
                    self.readers.add(name)
                    self.defaults |= _scheme(value, file)

    def at(self, node: ast.AST, setting: str) -> Iterator[Read]:
        """Yield the reads in the value of a setting."""
        if (read := self.one(node, setting)) is not None:
            yield read
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                name = literal(key, self.source)
                yield from self.at(value, f"{setting}/{name}" if name else setting)
            return
        for child in ast.iter_child_nodes(node):
            yield from self.at(child, _setting_of(child, node, setting))

    def one(self, node: ast.AST, setting: str) -> Read | None:
        """Return the read that this very expression is."""
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if (
                _means(self.source, dotted(node.value)) == "os.environ"
                or dotted(node.value) in self.readers
            ):
                return self._read(literal(node.slice, self.source), setting, node, True)
            return None
        if not isinstance(node, ast.Call):
            return None
        called, words = dotted(node.func), {word.arg: word.value for word in node.keywords}
        meaning = _means(self.source, called)
        if meaning == "dj_database_url.config":
            name = literal(words.get("env"), self.source) or "DATABASE_URL"
            return self._read(name, setting, node, "default" not in words)
        own = called.partition(".")[0] in self.readers
        if not (own or meaning in _OPTIONAL or meaning in _READERS or self._own_reader(meaning)):
            return None
        unnamed = _UNNAMED.get(called.rpartition(".")[2]) if own else None
        name = literal(node.args[0], self.source) if node.args else unnamed
        given = words.get("default", node.args[1] if len(node.args) > 1 else None)
        if own and "." not in called and "default" not in words:
            given = None  # django-environ's env(name, cast); env.bool(name, default)
        required = given is None and meaning not in _OPTIONAL and str(name) not in self.defaults
        default = literal(given, self.source) if given else self.defaults.get(str(name))
        return self._read(name, setting, node, required, default)

    def _read(
        self, name: object, setting: str, node: ast.AST, required: bool, default: object = None
    ) -> Read | None:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            return None
        return Read(name, setting, self.source.place(node), required, default)

    def _own_reader(self, meaning: str) -> bool:
        """Whether it is a function of the project, in a module that reads the environment."""
        first, _, _ = meaning.partition(".")
        module = f"{self.source.module}.{meaning}" if first in self._functions else meaning
        while module:
            if found := self.tree.modules.get(module):
                names = {dotted(node) for node in ast.walk(found.tree)}
                return bool(names & {"os.environ", "os.getenv", "environ", "getenv"}) and (
                    module != self.source.module or first in self._functions
                )
            module = module.rpartition(".")[0]
        return False

    @property
    def _functions(self) -> set[str]:
        return {node.name for node in self.source.tree.body if isinstance(node, ast.FunctionDef)}


def _setting_of(child: ast.AST, parent: ast.AST, setting: str) -> str:
    """Return the setting that a part of its value fills: ``dict(HOST=…)``, ``Celery(broker=…)``."""
    if isinstance(child, ast.keyword) and child.arg and isinstance(parent, ast.Call):
        if dotted(parent.func) == "dict":
            return f"{setting}/{child.arg}"
        if child.arg in {"broker", "backend"}:
            return child.arg
    return setting


def _means(source: Source, name: str) -> str:
    """Return what a dotted name stands for: ``environ`` may be ``os.environ``."""
    first, _, rest = name.partition(".")
    origin = source.imported.get(first, first)
    return f"{origin}.{rest}" if rest else origin


def _scheme(call: ast.Call, source: Source) -> dict[str, object]:
    """Return the defaults in ``Env(DEBUG=(bool, False))``."""
    given = {word.arg: literal(word.value, source) for word in call.keywords if word.arg}
    return {name: one[1] for name, one in given.items() if isinstance(one, list) and len(one) == 2}
