"""What was found in a project, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Place:
    """A line of a file; the file is relative to the project's folder."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Found(Generic[T]):
    """A value that the project's text says, with the place that says it."""

    value: T
    place: Place
