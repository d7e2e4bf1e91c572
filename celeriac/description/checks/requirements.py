"""What the release's environment is built from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem
from celeriac.description.source import Source


def file(description: Description, folder: Path) -> Iterator[Problem]:
    """A requirements file that is there, or packages."""
    code = description.code
    if code.requirements is None:
        if not code.packages:
            what = "nothing says which packages the application needs"
            yield Problem("code/requirements", what, "Name the requirements file.")
        return
    root = Source.of(description, folder).root
    path = root / code.requirements
    if not root.is_dir():
        return
    if not path.is_file():
        remedy = f"Create {path}, or correct the name; it stands inside code/source."
        yield Problem("code/requirements", f"there is no file '{code.requirements}'", remedy)
    elif "--hash=" not in path.read_text(encoding="utf-8", errors="replace"):
        remedy = (
            "Make it with `uv pip compile --generate-hashes`, "
            "so that every host gets the very same packages."
        )
        yield Problem("code/requirements", f"no hashes in '{code.requirements}'", remedy)
