"""What is wrong with an input, where, and what to do about it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """One mistake. ``where`` is a path inside the file (``pools/mail/memory``) or a file or host."""

    where: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}. {self.remedy}"


class InputError(Exception):
    """An input cannot be used. ``problems`` holds every mistake that was found.

    ``files`` counts them by file; those in what was typed, where ``file`` is None, are in none.
    ``others`` were found beside.
    """

    def __init__(
        self, file: Path | None, problems: list[Problem], others: InputError | None = None
    ) -> None:
        self.problems: list[Problem] = [*problems, *(others.problems if others else ())]
        self.files: dict[Path, int] = {file: len(problems)} if file and problems else {}
        if others:
            self.files |= others.files
        super().__init__("\n".join(str(problem) for problem in self.problems))


def meant(wrong: str, known: Iterable[str]) -> str | None:
    """Return the question for the known name that is like ``wrong``; None if none is."""
    close = difflib.get_close_matches(wrong, sorted(known), n=1)
    return f"Did you mean '{close[0]}'?" if close else None


def near_miss(wrong: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown name: what was probably meant, or all there is."""
    names = sorted(known)
    everything = f"Known here: {', '.join(names)}." if names else "Remove it."
    return meant(wrong, names) or everything
