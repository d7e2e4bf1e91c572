"""The bars: what must hold for the proof to stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soak.answers import Answered
from soak.books import Hit
from soak.reconcile import Reconciled

P99 = 0.25  # seconds, while PostgreSQL is there
WORST = 1.0  # seconds, at any time


@dataclass(frozen=True)
class Bar:
    """A sentence, whether it holds, and what was seen."""

    says: str
    holds: bool
    seen: str


def bars(found: Reconciled, answered: Answered, hits: list[Hit], drained: bool) -> list[Bar]:
    """Return every bar, those that hold too."""
    manual = [f"{hit.kind} ({hit.target})" for hit in hits if not hit.recovered]
    return [
        *of_tasks(found),
        none("everything recovers without a manual step", tuple(manual)),
        Bar("everything drains in time", drained, "drained" if drained else "it did not"),
        none("every request is answered, with 503 only while PostgreSQL is away", answered.failed),
        below(f"p99 of requests is below {P99 * 1000:.0f} ms", answered.present.p99, P99),
        below("no request takes over 1 s", answered.present.worst, WORST),
        below("none does while PostgreSQL is away", answered.away.worst, WORST),
    ]


def of_tasks(found: Reconciled) -> list[Bar]:
    """Return the bars of what became of accepted tasks and of ticks."""
    astray = found.dead_unexpected + found.parked
    return [
        none("no accepted task is lost", found.lost + found.forgotten),
        none("no effect is doubled", found.doubled),
        none("every effect is the one that was accepted", found.wrong),
        none("nothing runs that nobody accepted", found.unexpected),
        none("no task becomes a dead letter or is parked that should run", astray),
        none("no tick is lost", found.ticks_lost),
        none("no tick is doubled", found.ticks_doubled),
    ]


def none(says: str, found: Sequence[str]) -> Bar:
    """Return a bar that holds if nothing was found."""
    return Bar(says, not found, f"{len(found)}" if found else "0")


def below(says: str, seen: float, bar: float) -> Bar:
    """Return a bar that holds up to so many seconds."""
    return Bar(says, seen <= bar, f"{seen * 1000:.0f} ms")
