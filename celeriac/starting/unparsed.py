"""Files that the Python of this command cannot parse: an application's own may be newer."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from celeriac.description.problems import InputError, Problem
from celeriac.starting.evidence import Place

_PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
_TASK = re.compile(r"^\s*@[\w.]*task\b|\bregister_task\(", re.MULTILINE)


@dataclass(frozen=True)
class Unparsed:
    """A file of the project, its text as far as it opens, and what stops this Python in it."""

    path: PurePosixPath
    module: str
    text: str
    error: OSError | SyntaxError | ValueError

    @property
    def place(self) -> Place:
        """The line that cannot be parsed."""
        line = self.error.lineno if isinstance(self.error, SyntaxError) else None
        return Place(str(self.path), line or 1)

    @property
    def why(self) -> str:
        """What went wrong, as a part of a sentence."""
        if isinstance(self.error, OSError):
            return f"it does not open: {self.error.strerror}"
        said = self.error.msg if isinstance(self.error, SyntaxError) else self.error
        return f"{_PYTHON}, which runs this command, cannot parse it: {said}"

    @property
    def importable(self) -> bool:
        """Whether a process could import it: templates and editors' files have other names."""
        return all(part.isidentifier() for part in self.module.split("."))

    @property
    def has_tasks(self) -> bool:
        """Whether it seems to define tasks, as its lines look."""
        return bool(_TASK.search(self.text))

    def refused(self, root: Path, part: str) -> InputError:
        """Return the error for a file without which there is no draft: ``part`` of the project."""
        remedy = "Correct it, or run init with the newer Python that it is written for."
        if isinstance(self.error, OSError):
            remedy = "Let this user read it."
        where = f"{root / self.path}:{self.place.line}"
        what = f"no draft without {part}, and {self.why}"
        return InputError(root, [Problem(where, what, remedy)])
