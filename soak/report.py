"""The report of a run, as text for people and as JSON for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from soak.answers import Answered, Times, summarise
from soak.bars import Bar, bars
from soak.books import Books
from soak.reconcile import Reconciled, reconcile

EXAMPLES = 10  # of each kind of mistake that the text shows; the JSON has all


@dataclass(frozen=True)
class Report:
    """A finished run, judged."""

    seed: int
    minutes: float
    planted: str | None
    books: Books
    found: Reconciled
    answered: Answered
    bars: list[Bar]

    @property
    def holds(self) -> bool:
        return all(bar.holds for bar in self.bars)

    def json(self) -> dict[str, Any]:
        """Return everything but the books themselves."""
        return {
            "seed": self.seed,
            "minutes": self.minutes,
            "planted": self.planted,
            "holds": self.holds,
            "since": self.books.run.since,
            "until": self.books.run.until,
            "end": self.books.end,
            "bars": [asdict(bar) for bar in self.bars],
            "tasks": asdict(self.found),
            "requests": asdict(self.answered),
            "faults": [asdict(hit) for hit in self.books.hits],
        }

    def text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        planted = f", planted: {self.planted}" if self.planted else ""
        yield f"Soak of {self.minutes:g} minutes, seed {self.seed}{planted}"
        yield ""
        yield from self._tasks()
        yield ""
        yield from self._requests()
        yield ""
        yield from self._faults()
        yield ""
        for bar in self.bars:
            yield f"  {'holds ' if bar.holds else 'BROKEN'}  {bar.says}: {bar.seen}"
        yield from self._examples()
        yield ""
        yield "Every bar holds." if self.holds else "A bar is broken."

    def _tasks(self) -> Iterator[str]:
        found = self.found
        kinds = Counter(entry.kind for entry in self.books.accepted)
        of_kind = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        yield "Tasks"
        yield from table(
            ("accepted", f"{found.accepted}  ({of_kind})"),
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
            ("time", shown(answered.present)),
            ("time, PostgreSQL away", shown(answered.away)),
        )

    def _faults(self) -> Iterator[str]:
        yield f"Faults: {len(self.books.hits)}"
        for hit in sorted(self.books.hits, key=lambda hit: hit.since):
            at = hit.since - self.books.run.since
            took = hit.until - hit.since
            ended = f"recovered after {took:.1f} s" if hit.recovered else "DID NOT RECOVER"
            yield f"  {at:7.1f} s  {hit.kind:<32} {hit.target:<28} {ended}"

    def _examples(self) -> Iterator[str]:
        kinds = {entry.task: entry.kind for entry in self.books.accepted}
        places = dict.fromkeys(self.books.dead, "in the dead letters")
        places |= dict.fromkeys(self.books.parked, "parked")
        lost = tuple(
            f"{task} ({kinds[task]}): {places.get(task, 'nowhere')}" for task in self.found.lost
        )
        for what, examples in (
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
        ):
            if examples:
                yield ""
                yield f"{what}: {len(examples)}"
                yield from (f"  {example}" for example in examples[:EXAMPLES])


def judge(books: Books, *, seed: int, minutes: float, planted: str | None, drained: bool) -> Report:
    """Balance the books and hold them against the bars."""
    found = reconcile(books)
    answered = summarise(books.answers, books.away)
    verdict = bars(found, answered, books.hits, drained)
    return Report(seed, minutes, planted, books, found, answered, verdict)


def table(*rows: tuple[str, object]) -> Iterator[str]:
    """Return a line for each name and value."""
    for name, value in rows:
        yield f"  {name:<32} {value}"


def shown(times: Times) -> str:
    """Return times as one line."""
    if not times.requests:
        return "no request"
    p50, p99, worst = (1000 * seconds for seconds in (times.p50, times.p99, times.worst))
    return f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, worst {worst:.0f} ms ({times.requests} requests)"
