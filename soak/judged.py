"""What the report of every run has, as text for people and as JSON for machines."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from soak.answers import Times
from soak.bars import Bar
from soak.books import Books

EXAMPLES = 10  # of each kind of mistake that the text shows; the JSON has all


@dataclass(frozen=True)
class Judged(ABC):
    """A finished run, held against its bars."""

    books: Books
    bars: list[Bar]

    @property
    def holds(self) -> bool:
        return all(bar.holds for bar in self.bars)

    @abstractmethod
    def heading(self) -> str:
        """Return the text's first line: which run it was."""

    @abstractmethod
    def asked(self) -> dict[str, Any]:
        """Return what the run was told, for the JSON."""

    @abstractmethod
    def parts(self) -> Iterator[Iterator[str]]:
        """Return the lines of each part between heading and bars."""

    @abstractmethod
    def seen(self) -> dict[str, Any]:
        """Return what was found, for the JSON."""

    @abstractmethod
    def examples(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return each kind of mistake with those that were made."""

    def json(self) -> dict[str, Any]:
        """Return everything but the books themselves."""
        return {
            **self.asked(),
            "holds": self.holds,
            "since": self.books.run.since,
            "until": self.books.run.until,
            "end": self.books.end,
            "bars": [asdict(bar) for bar in self.bars],
            **self.seen(),
        }

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def write(self, path: Path) -> None:
        """Keep the text there, and the JSON beside it."""
        path.write_text(self.text())
        path.with_suffix(".json").write_text(json.dumps(self.json(), indent=1) + "\n")

    def _lines(self) -> Iterator[str]:
        yield self.heading()
        yield ""
        for part in self.parts():
            yield from part
            yield ""
        for bar in self.bars:
            yield f"  {'holds ' if bar.holds else 'BROKEN'}  {bar.says}: {bar.seen}"
        for what, examples in self.examples():
            if examples:
                yield ""
                yield f"{what}: {len(examples)}"
                yield from (f"  {example}" for example in examples[:EXAMPLES])
        yield ""
        yield "Every bar holds." if self.holds else "A bar is broken."


def table(*rows: tuple[str, object]) -> Iterator[str]:
    """Return a line for each name and value."""
    for name, value in rows:
        yield f"  {name:<32} {value}"


def times(found: Times) -> str:
    """Return times as one line."""
    if not found.requests:
        return "no request"
    p50, p99, worst = (1000 * seconds for seconds in (found.p50, found.p99, found.worst))
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {worst:.0f} ms ({found.requests} requests)"


def kinds(books: Books) -> str:
    """Return how many tasks of each kind were accepted, as one line."""
    counted = Counter(entry.kind for entry in books.accepted)
    return ", ".join(f"{number} {kind}" for kind, number in counted.most_common())
