"""The report of rollouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from celeriac.fleet.text import table as columns
from rollouts.bars import Found, bars, find
from rollouts.done import Done
from soak.books import Books
from soak.judged import Judged, kinds, table, times


@dataclass(frozen=True)
class Report(Judged):
    """A run of rollouts."""

    rate: float
    done: list[Done]
    found: Found

    def heading(self) -> str:
        minutes = (self.books.run.until - self.books.run.since) / 60
        return f"Rollouts of {minutes:.0f} minutes, {self.rate:g} requests/s"

    def asked(self) -> dict[str, Any]:
        return {"rate": self.rate}

    def parts(self) -> Iterator[Iterator[str]]:
        yield self._commands()
        yield self._requests()
        yield self._tasks()

    def seen(self) -> dict[str, Any]:
        return {"commands": [asdict(one) for one in self.done], "found": asdict(self.found)}

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
            ("time, good releases", times(during.present)),
            ("time, bad releases", times(after.present)),
        )

    def _tasks(self) -> Iterator[str]:
        tasks = self.found.tasks
        yield "Tasks"
        yield from table(
            ("accepted", f"{tasks.accepted}  ({kinds(self.books)})"),
            ("lost", len(tasks.lost)),
            ("run twice", len(self.found.repeated)),
            ("given back by a bad release", tasks.repeated - len(self.found.repeated)),
            ("effects doubled", len(tasks.doubled)),
            ("seconds without one that ends", len(self.found.idle)),
            ("ticks due, lost, doubled",
             f"{tasks.ticks_due}, {len(tasks.ticks_lost)}, {len(tasks.ticks_doubled)}"),
        )  # fmt: skip

    def examples(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        found, tasks = self.found, self.found.tasks
        idle = tuple(f"{second} s after the first command began" for second in found.idle)
        yield from (
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
        )


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value else "-"


def judge(
    books: Books, done: Sequence[Done], *, rate: float, planned: int, drained: bool
) -> Report:
    """Balance the books and hold them against the bars."""
    found = find(books, done)
    return Report(books, bars(found, done, planned, drained), rate, list(done), found)
