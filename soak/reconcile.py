"""Balances the books: what became of every accepted task."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from soak.books import Accepted, Books, Span, Tick

# A task that waited longer than this, with a fault meanwhile, had to be recovered. Seconds.
USUAL = 5.0


@dataclass(frozen=True)
class Reconciled:
    """The balance; tuples hold task ids, or ticks as text. Empty ones are good."""

    accepted: int
    executed: int
    lost: tuple[str, ...]  # accepted, and without what it was accepted for
    forgotten: tuple[str, ...]  # answered with 2xx, and not in the books
    doubled: tuple[str, ...]  # more than one effect
    wrong: tuple[str, ...]  # an effect with another value than was accepted
    unexpected: tuple[str, ...]  # executed, and nobody accepted it
    repeated: int  # executions beyond those that each task needs
    recovered: int
    dead_lettered: int
    dead_unexpected: tuple[str, ...]
    parked: tuple[str, ...]
    ticks_due: int
    ticks_fired: int
    ticks_lost: tuple[str, ...]
    ticks_doubled: tuple[str, ...]
    longest_pause: float  # seconds without any effect


def reconcile(books: Books) -> Reconciled:
    """Return the balance of the books."""
    accepted = {entry.task: entry for entry in books.accepted}
    ticks = {tick.task: tick for tick in books.ticks}
    runs = Counter(execution.task for execution in books.executions)
    effects = Counter(effect.task for effect in books.effects)
    dead = set(books.dead)
    # Ticks before and after the run have executions and effects too: they were accepted as well.
    known = accepted.keys() | ticks.keys()
    due, lost, doubled = _ticks(books, effects)
    return Reconciled(
        accepted=len(accepted),
        executed=sum(1 for task in accepted if runs[task] or effects[task]),
        lost=_lost(accepted, effects, dead),
        forgotten=tuple(
            task for answer in books.answers for task in answer.tasks if task not in accepted
        ),
        doubled=tuple(task for task, times in effects.items() if times > 1 and task in accepted),
        wrong=tuple(
            effect.task
            for effect in books.effects
            if effect.task in accepted and effect.value != accepted[effect.task].value
        ),
        unexpected=tuple(task for task in runs if task not in known),
        repeated=sum(
            max(0, times - (accepted[task].runs if task in accepted else 1))
            for task, times in runs.items()
        ),
        recovered=_recovered(books, accepted, runs),
        dead_lettered=sum(1 for task in dead if task in accepted and _to_die(accepted[task])),
        dead_unexpected=tuple(
            task for task in dead if task not in accepted or not _to_die(accepted[task])
        ),
        parked=tuple(books.parked),
        ticks_due=due,
        ticks_fired=len(_in_run(books)),
        ticks_lost=lost,
        ticks_doubled=doubled,
        longest_pause=_longest_pause(books),
    )


def _to_die(entry: Accepted) -> bool:
    return entry.value is None


def _lost(accepted: dict[str, Accepted], effects: Counter[str], dead: set[str]) -> tuple[str, ...]:
    return tuple(
        task
        for task, entry in accepted.items()
        if not (task in dead if _to_die(entry) else effects[task])
    )


def _recovered(books: Books, accepted: dict[str, Accepted], runs: Counter[str]) -> int:
    """Count accepted tasks that a fault hit and that had their effect all the same.

    Hit is a task that ran more often than it needs, or that waited longer than usual while a
    fault lasted.
    """
    recovered = set()
    for effect in books.effects:
        entry = accepted.get(effect.task)
        if entry is None:
            continue
        waited = effect.at - entry.at > USUAL and any(
            hit.since <= effect.at and hit.until >= entry.at for hit in books.hits
        )
        if waited or runs[effect.task] > entry.runs:
            recovered.add(effect.task)
    return len(recovered)


def _in_run(books: Books) -> list[Tick]:
    return [tick for tick in books.ticks if books.run.since < tick.due <= books.run.until]


def _ticks(books: Books, effects: Counter[str]) -> tuple[int, tuple[str, ...], tuple[str, ...]]:
    """Return how many ticks the clock wanted in the run, and the lost and doubled ones.

    A tick counts when its task had its effect, once.
    """
    by_entry: dict[str, list[Tick]] = {entry: [] for entry in books.intervals}
    for tick in _in_run(books):
        by_entry.setdefault(tick.entry, []).append(tick)
    wanted_in_all = 0
    lost: list[str] = []
    doubled: list[str] = []
    for entry, ticks in by_entry.items():
        fired = Counter(round(tick.due, 3) for tick in ticks)
        wanted = _grid(books.run, books.intervals[entry], fired)
        wanted_in_all += len(wanted)
        lost += [f"{entry}, due {due}: no tick" for due in sorted(wanted - fired.keys())]
        doubled += [f"{entry}, due {due}: {n} ticks" for due, n in fired.items() if n > 1]
        doubled += [f"{entry}, due {due}: not on the grid" for due in fired.keys() - wanted]
        for tick in ticks:
            if effects[tick.task] != 1:
                wrong = doubled if effects[tick.task] else lost
                wrong.append(
                    f"{entry}, due {tick.due}: {effects[tick.task]} effects of {tick.task}"
                )
    return wanted_in_all, tuple(lost), tuple(doubled)


def _grid(run: Span, interval: float, fired: Counter[float]) -> set[float]:
    """Return the due times in the run, by the clock. Where the grid begins, most ticks say."""
    phases = Counter(round(due % interval, 3) for due in fired)
    phase = phases.most_common(1)[0][0] if phases else 0.0
    first = math.floor((run.since - phase) / interval) + 1
    last = math.floor((run.until - phase) / interval)
    return {round(phase + number * interval, 3) for number in range(first, last + 1)}


def _longest_pause(books: Books) -> float:
    moments = sorted(
        effect.at for effect in books.effects if books.run.since <= effect.at <= books.end
    )
    times = [books.run.since, *moments]
    return max((after - before for before, after in pairwise(times)), default=0.0)
