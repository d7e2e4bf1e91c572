"""The bars: what must hold for the proof to stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from rollouts.done import Done
from rollouts.flow import LONGEST, SHORTEST
from rollouts.tasks import Outlasting, held, idle_seconds, outlasting, repeated
from soak.answers import Answered, summarise
from soak.bars import Bar, none, of_tasks
from soak.books import Answer, Books, Span
from soak.reconcile import Reconciled, reconcile

# Seconds after a command in which an answer of the release before may still come: one that was
# under way.
GRACE = 1.0
# By how much deploys may differ by chance: seconds, and a part of their length.
NOISE, NOISE_PART = 5.0, 0.15


@dataclass(frozen=True)
class Found:
    """What the books of a run say. Tuples hold sentences; empty ones are good.

    `idle` are seconds without a task that ended, from the first command to the end of the last
    good one. `unknown` are tasks that were accepted when most workers did not know them.
    """

    tasks: Reconciled
    during: Answered  # of the good releases
    after: Answered  # of the bad ones
    wrong: tuple[str, ...]
    strays: tuple[str, ...]
    repeated: tuple[str, ...]
    idle: tuple[int, ...]
    unknown: int
    outlasting: tuple[Outlasting, ...]  # of each command
    slower: float | None  # seconds that a deploy takes longer with long tasks, None: not compared
    noise: float


def find(books: Books, done: Sequence[Done]) -> Found:
    """Balance the books and hold them against what was done."""
    good = [one for one in done if one.act.copy.startswith("deploy ")]
    split = good[-1].until if good else books.run.since
    tasks = held(books)
    since = books.run.since
    blind = [one.new for one in done if one.act.breaks == "canary" and one.new]
    slower, noise = compared(done)
    return Found(
        tasks=reconcile(books),
        during=summarise([one for one in books.answers if one.at < split], [], since),
        after=summarise([one for one in books.answers if one.at >= split], [], since),
        wrong=tuple(f"{one.act.name}: {what}" for one in done for what in one.wrong),
        strays=strays(books.answers, done, books.run),
        repeated=repeated(books, blind),
        idle=idle_seconds(books, good[0].since, split) if good else (),
        unknown=unknown(books, done),
        outlasting=tuple(outlasting(one, tasks) for one in done),
        slower=slower,
        noise=noise,
    )


def bars(found: Found, done: Sequence[Done], planned: int, drained: bool) -> list[Bar]:
    """Return every bar, those that hold too."""
    idle = [f"{second} s after the first command began" for second in found.idle]
    return [
        Bar("every command was carried out", len(done) == planned, f"{len(done)} of {planned}"),
        none("each ends as it should and leaves a state that is understood", found.wrong),
        none("no request fails", found.during.failed + found.after.failed),
        none("every answer comes from a release that may serve then", found.strays),
        *of_tasks(found.tasks),
        none("no task is killed or runs twice", found.repeated),
        none("no second without a task that ends, while good releases change", idle),
        *_length(found),
        *_going_on(found, done),
        *_unknown(found, done),
        Bar("everything drains in time", drained, "drained" if drained else "it did not"),
    ]


def _length(found: Found) -> Iterator[Bar]:
    if found.slower is not None:
        long, short = f"{LONGEST:.0f}", f"{SHORTEST:.0f}"
        says = f"a deploy takes no longer with tasks of {long} s than with tasks of {short} s"
        seen = f"{found.slower:+.1f} s, medians (noise: {found.noise:.1f} s)"
        yield Bar(says, found.slower <= found.noise, seen)


def _going_on(found: Found, done: Sequence[Done]) -> Iterator[Bar]:
    past = [
        over.workers
        for one, over in zip(done, found.outlasting, strict=True)
        if one.act.counts and one.act.longest == LONGEST
    ]
    if past:
        says = "a deploy goes on while workers of the release before still have long tasks"
        seen = f"in {sum(map(bool, past))} of {len(past)}, {max(past):.1f} s at most"
        yield Bar(says, any(past), seen)


def _unknown(found: Found, done: Sequence[Done]) -> Iterator[Bar]:
    if any(one.act.breaks == "novel" for one in done):
        says = "tasks are accepted that no worker knows yet"
        yield Bar(says, found.unknown > 0, f"{found.unknown}")


def compared(done: Sequence[Done]) -> tuple[float | None, float]:
    """Return by how many seconds deploys are slower with long tasks, and how many are noise."""
    counted = [one for one in done if one.act.counts and one.code == 0]
    long = [one.seconds for one in counted if one.act.longest == LONGEST]
    short = [one.seconds for one in counted if one.act.longest != LONGEST]
    if not (long and short):
        return None, NOISE
    return median(long) - median(short), max(NOISE, NOISE_PART * median(short))


def strays(answers: Sequence[Answer], done: Sequence[Done], run: Span) -> tuple[str, ...]:
    """Return answers between two commands by a release that neither has to do with."""
    found = []
    for number, one in enumerate(done):
        until = done[number + 1].since if number + 1 < len(done) else run.until
        found += [
            f"{answer.at:.1f} {answer.kind}: {answer.release} after {one.act.name}"
            for answer in answers
            if answer.release
            and answer.at > one.until + GRACE
            and answer.at + answer.seconds < until
            and answer.release not in one.serving
        ]
    return tuple(found)


def unknown(books: Books, done: Sequence[Done]) -> int:
    """Count the tasks that were accepted before the workers that know them were deployed."""
    known_from = max((one.since for one in done if one.act.breaks == "novel"), default=0.0)
    return sum(1 for entry in books.accepted if entry.kind == "novel" and entry.at < known_from)
