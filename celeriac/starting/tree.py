"""The project's Python files, parsed and never imported."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from celeriac.description.source import module_name
from celeriac.starting.source import Source
from celeriac.starting.unparsed import Unparsed

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "venv", "env", "build", "dist"}
_TOP = PurePosixPath()
_TESTS = {"tests", "test", "testing", "migrations"}


@dataclass(frozen=True)
class Tree:
    """The Python files below ``root``; modules are named from the folder ``source`` in it."""

    root: Path
    source: PurePosixPath = _TOP

    def at(self, source: PurePosixPath) -> Tree:
        """Return the same files with modules that are named from another folder."""
        return replace(self, source=source)

    @cached_property
    def paths(self) -> list[PurePosixPath]:
        """All Python files, relative to the root, the nearest to it first."""
        found = []
        for folder, folders, files in os.walk(self.root):
            folders[:] = [
                name
                for name in folders
                if name not in _SKIPPED
                and not name.startswith(".")
                and not Path(folder, name, "pyvenv.cfg").exists()
            ]
            found += [Path(folder, name) for name in files if name.endswith(".py")]
        relative = [PurePosixPath(path.relative_to(self.root)) for path in found]
        return sorted(relative, key=lambda path: (len(path.parts), path))

    @cached_property
    def modules(self) -> dict[str, Source]:
        """The modules in the source folder that parse, without tests and migrations."""
        return {one.module: one for one in self._files if isinstance(one, Source)}

    @cached_property
    def unparsed(self) -> dict[str, Unparsed]:
        """The modules there that this Python cannot parse."""
        found = [one for one in self._files if isinstance(one, Unparsed)]
        return {one.module: one for one in found if one.importable}

    @cached_property
    def _files(self) -> list[Source | Unparsed]:
        return [
            self.parsed(path)
            for path in self.paths
            if path.is_relative_to(self.source)
            and not _TESTS & set(path.parts)
            and not path.name.startswith(("test_", "conftest"))
        ]

    def needed(self, module: str, part: str) -> Source | None:
        """Return the module, None if there is none.

        Raises `InputError` for one that does not parse; ``part`` says what it is of the project.
        """
        if module in self.unparsed:
            raise self.unparsed[module].refused(self.root, part)
        return self.modules.get(module)

    def with_starred(self, source: Source) -> list[Source]:
        """Return the files that this one takes everything from, ``import *``, and itself last.

        Raises `InputError` for one of them that does not parse.
        """
        found: list[Source] = []
        self._add_starred(source, found, set())
        return found

    def _add_starred(self, source: Source, found: list[Source], seen: set[str]) -> None:
        seen.add(source.module)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and [alias.name for alias in node.names] == ["*"]:
                part = f"what {source.path} takes everything from"
                other = self.needed(source.origin(node), part)
                if other is not None and other.module not in seen:
                    self._add_starred(other, found, seen)
        found.append(source)

    def parsed(self, path: PurePosixPath) -> Source | Unparsed:
        """Return the file, parsed where this Python can."""
        inside = path.is_relative_to(self.source)
        module = module_name(path.relative_to(self.source) if inside else path)
        text = ""
        try:
            # Python itself passes over the mark that some editors put at a file's beginning.
            text = (self.root / path).read_text(encoding="utf-8-sig", errors="replace")
            return Source(path, module, text, ast.parse(text))
        except (OSError, SyntaxError, ValueError) as error:
            return Unparsed(path, module, text, error)
