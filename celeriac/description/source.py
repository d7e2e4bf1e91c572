"""The application's files: what goes into a release, and which modules are in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from celeriac.description.model import Description

# Caches, environments and local data; dot files are often secrets. A path that is included
# by its own name goes into a release all the same.
_LEFT_OUT = ("__pycache__", "node_modules", "venv", ".*", "*.pyc", "*.sqlite3")


@dataclass(frozen=True)
class Source:
    """The folder ``root`` and which of its files belong to the application."""

    root: Path
    include: list[str]
    exclude: list[str]

    @classmethod
    def of(cls, description: Description, folder: Path) -> Source:
        """Return the source of the description that stands in ``folder``."""
        code = description.code
        return cls(folder / code.source, code.include, code.exclude)

    def holds(self, path: PurePosixPath) -> bool:
        """Whether the file at ``path``, relative to the root, goes into a release."""
        included = any(
            path.is_relative_to(name) and not any(map(_left_out, path.relative_to(name).parts))
            for name in self.include
        )
        return included and not any(
            path.match(pattern) or path.is_relative_to(pattern) for pattern in self.exclude
        )

    def files(self) -> list[PurePosixPath]:
        """Return the files of a release, relative to the root."""
        found = {path for name in self.include for path in self._below(name)}
        return sorted(path for path in found if self.holds(path))

    def python_files(self) -> list[PurePosixPath]:
        """Return the Python files of a release, relative to the root."""
        return [path for path in self.files() if path.suffix == ".py"]

    def _below(self, name: str) -> Iterator[PurePosixPath]:
        start = self.root / name
        if start.is_file():
            yield PurePosixPath(name)
        for folder, folders, files in os.walk(start):
            # Thousands of files may stand in a folder that is left out.
            folders[:] = [name for name in folders if not _left_out(name)]
            for path in (Path(folder, file) for file in files):
                if path.is_file():
                    yield PurePosixPath(path.relative_to(self.root))

    def module_files(self, module: str, package: bool = True) -> list[PurePosixPath]:
        """Return the files that define the module or ``package``, in the release or not."""
        if not module:
            return []
        base = PurePosixPath(*module.split("."))
        candidates = [base.with_suffix(".py"), *([base / "__init__.py"] if package else [])]
        return [path for path in candidates if (self.root / path).is_file()]

    def read(self, path: PurePosixPath) -> str:
        """Return the text of a file; bytes that are not UTF-8 are replaced."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace")


def _left_out(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _LEFT_OUT)


def module_name(path: PurePosixPath) -> str:
    """Return the module that the file at ``path`` defines."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
