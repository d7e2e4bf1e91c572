"""The report of a soak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from soak.answers import Answered, summarise
from soak.bars import bars
from soak.books import Books
from soak.judged import Judged, kinds, table, times
from soak.reconcile import Reconciled, reconcile


@dataclass(frozen=True)
class Report(Judged):
    """A soak."""

    seed: int
    minutes: float
    planted: str | None
    found: Reconciled
    answered: Answered

    def heading(self) -> str:
        planted = f", planted: {self.planted}" if self.planted else ""
        return f"Soak of {self.minutes:g} minutes, seed {self.seed}{planted}"

    def asked(self) -> dict[str, Any]:
        return {"seed": self.seed, "minutes": self.minutes, "planted": self.planted}

    def parts(self) -> Iterator[Iterator[str]]:
        yield self._tasks()
        yield self._requests()
        yield self._faults()

    def seen(self) -> dict[str, Any]:
        return {
            "tasks": asdict(self.found),
            "requests": asdict(self.answered),
            "faults": [asdict(hit) for hit in self.books.hits],
        }

    def _tasks(self) -> Iterator[str]:
        found = self.found
        yield "Tasks"
        yield from table(
            ("accepted", f"{found.accepted}  ({kinds(self.books)})"),
            ("executed", found.executed),
            ("lost", len(found.lost)),
            ("answered, not in the books", len(found.forgotten)),
            ("executions repeated", found.repeated),
            ("effects doubled", len(found.doubled)),
            ("effects wrong", len(found.wrong)),
            ("recovered", found.recovered),
            ("unexpected", len(found.unexpected)),
            ("dead-lettered as accepted", found.dead_lettered),
            ("dead-lettered otherwise", len(found.dead_unexpected)),
            ("parked", len(found.parked)),
            ("longest time without progress", f"{found.longest_pause:.1f} s"),
            ("drained after the last request", f"{self.books.end - self.books.run.until:.1f} s"),
            ("ticks due", found.ticks_due),
            ("ticks fired", found.ticks_fired),
            ("ticks lost", len(found.ticks_lost)),
            ("ticks doubled", len(found.ticks_doubled)),
        )

    def _requests(self) -> Iterator[str]:
        answered = self.answered
        yield "Requests"
        yield from table(
            ("attempted", answered.attempted),
            ("accepted", answered.accepted),
            ("refused, PostgreSQL away", answered.refused),
            ("failed", len(answered.failed)),
            ("time", times(answered.present)),
            ("time, PostgreSQL away", times(answered.away)),
        )

    def _faults(self) -> Iterator[str]:
        yield f"Faults: {len(self.books.hits)}"
        for hit in sorted(self.books.hits, key=lambda hit: hit.since):
            at = hit.since - self.books.run.since
            took = hit.until - hit.since
            ended = f"recovered after {took:.1f} s" if hit.recovered else "DID NOT RECOVER"
            yield f"  {at:7.1f} s  {hit.kind:<32} {hit.target:<28} {ended}"

    def examples(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        kind = {entry.task: entry.kind for entry in self.books.accepted}
        places = dict.fromkeys(self.books.dead, "in the dead letters")
        places |= dict.fromkeys(self.books.parked, "parked")
        lost = tuple(
            f"{task} ({kind[task]}): {places.get(task, 'nowhere')}" for task in self.found.lost
        )
        yield from (
            ("Lost", lost),
            ("Answered, not in the books", self.found.forgotten),
            ("Doubled", self.found.doubled),
            ("Wrong", self.found.wrong),
            ("Unexpected", self.found.unexpected),
            ("Dead-lettered", self.found.dead_unexpected),
            ("Parked", self.found.parked),
            ("Ticks lost", self.found.ticks_lost),
            ("Ticks doubled", self.found.ticks_doubled),
            ("Failed requests", self.answered.failed),
            ("Slowest requests", self.answered.slowest),
        )


def judge(books: Books, *, seed: int, minutes: float, planted: str | None, drained: bool) -> Report:
    """Balance the books and hold them against the bars."""
    found = reconcile(books)
    answered = summarise(books.answers, books.away, books.run.since)
    verdict = bars(found, answered, books.hits, drained)
    return Report(books, verdict, seed, minutes, planted, found, answered)
