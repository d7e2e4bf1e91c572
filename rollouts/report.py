"""The report of a run, as text for people and as JSON for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from celeriac.fleet.text import table as columns
from rollouts.bars import Found, bars, find
from rollouts.done import Done
from soak.bars import Bar
from soak.books import Books
from soak.report import EXAMPLES, shown, table


@dataclass(frozen=True)
class Report:
    """A finished run, judged."""

    rate: float
    books: Books
    done: list[Done]
    found: Found
    bars: list[Bar]

    @property
    def holds(self) -> bool:
        return all(bar.holds for bar in self.bars)

    def json(self) -> dict[str, Any]:
        """Return everything but the books themselves."""
        return {
            "rate": self.rate,
            "holds": self.holds,
            "since": self.books.run.since,
            "until": self.books.run.until,
            "end": self.books.end,
            "bars": [asdict(bar) for bar in self.bars],
            "commands": [asdict(one) for one in self.done],
            "found": asdict(self.found),
        }

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        minutes = (self.books.run.until - self.books.run.since) / 60
        yield f"Rollouts of {minutes:.0f} minutes, {self.rate:g} requests/s"
        yield ""
        yield from self._commands()
        yield ""
        yield from self._requests()
        yield ""
        yield from self._tasks()
        yield ""
        for bar in self.bars:
            yield f"  {'holds ' if bar.holds else 'BROKEN'}  {bar.says}: {bar.seen}"
        yield from self._examples()
        yield ""
        yield "Every bar holds." if self.holds else "A bar is broken."

    def _commands(self) -> Iterator[str]:
        header = (
            "COMMAND",
            "EXIT CODE",
            "SECONDS",
            "LONGEST TASK",
            "PAST WORKERS",
            "PAST END",
            "IN FORCE",
        )
        rows = [
            (
                one.act.name,
                one.code,
                f"{one.seconds:.1f}",
                _seconds(over.longest),
                _seconds(over.workers),
                _seconds(over.end),
                one.in_force or "-",
            )
            for one, over in zip(self.done, self.found.outlasting, strict=True)
        ]
        yield from columns(header, rows)

    def _requests(self) -> Iterator[str]:
        during, after = self.found.during, self.found.after
        yield "Requests"
        yield from table(
            ("attempted", during.attempted + after.attempted),
            ("failed", len(during.failed) + len(after.failed)),
            ("time, good releases", shown(during.present)),
            ("time, bad releases", shown(after.present)),
        )

    def _tasks(self) -> Iterator[str]:
        tasks = self.found.tasks
        kinds = Counter(entry.kind for entry in self.books.accepted)
        of_kind = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        yield "Tasks"
        yield from table(
            ("accepted", f"{tasks.accepted}  ({of_kind})"),
            ("lost", len(tasks.lost)),
            ("run twice", len(self.found.repeated)),
            ("given back by a bad release", tasks.repeated - len(self.found.repeated)),
            ("effects doubled", len(tasks.doubled)),
            ("seconds without one that ends", len(self.found.idle)),
            ("ticks due, lost, doubled",
             f"{tasks.ticks_due}, {len(tasks.ticks_lost)}, {len(tasks.ticks_doubled)}"),
        )  # fmt: skip

    def _examples(self) -> Iterator[str]:
        found, tasks = self.found, self.found.tasks
        idle = tuple(f"{second} s after the first command began" for second in found.idle)
        for what, examples in (
            ("Wrong after a command", found.wrong),
            ("Failed requests", found.during.failed + found.after.failed),
            ("Answers of the wrong release", found.strays),
            ("Lost", tasks.lost + tasks.forgotten),
            ("Run twice", found.repeated),
            ("Without a task that ends", idle),
            ("Doubled", tasks.doubled),
            ("Dead-lettered", tasks.dead_unexpected),
            ("Parked", tasks.parked),
            ("Ticks lost", tasks.ticks_lost),
            ("Ticks doubled", tasks.ticks_doubled),
        ):
            if examples:
                yield ""
                yield f"{what}: {len(examples)}"
                yield from (f"  {example}" for example in examples[:EXAMPLES])


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value else "-"


def judge(
    books: Books, done: Sequence[Done], *, rate: float, planned: int, drained: bool
) -> Report:
    """Balance the books and hold them against the bars."""
    found = find(books, done)
    return Report(rate, books, list(done), found, bars(found, done, planned, drained))
