"""What the books say of tasks while releases changed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rollouts.done import Done
from soak.books import Books, Execution


@dataclass(frozen=True)
class Held:
    """A held task that one release ran. Seconds of the epoch."""

    release: str
    since: float
    until: float


@dataclass(frozen=True)
class Outlasting:
    """What the release before worked on while a command ran; seconds, 0 for nothing.

    Attributes:
        longest: Its longest task then.
        workers: For how long it went on when the workers had changed.
        end: For how long it went on when the command had ended.

    """

    longest: float
    workers: float
    end: float


def repeated(books: Books, given_back_by: Iterable[str]) -> tuple[str, ...]:
    """Return the tasks that ran more often than they need.

    Runs by the releases `given_back_by`, whose workers cannot do anything, do not count: they give
    each task back.
    """
    needed = {entry.task: entry.runs for entry in books.accepted}
    apart = set(given_back_by)
    runs = Counter(one.task for one in books.executions if release_of(one) not in apart)
    return tuple(task for task, times in runs.items() if times > needed.get(task, 1))


def idle_seconds(books: Books, since: float, until: float) -> tuple[int, ...]:
    """Return the seconds, counted from `since`, in which no task that a request asked for ended."""
    accepted = {entry.task for entry in books.accepted}
    busy = {
        math.floor(effect.at - since)
        for effect in books.effects
        if effect.task in accepted and effect.at >= since
    }
    return tuple(second for second in range(math.floor(until - since)) if second not in busy)


def held(books: Books) -> list[Held]:
    """Return the held tasks that began and ended."""
    ends = {effect.task: effect.at for effect in books.effects}
    kinds = {entry.task: entry.kind for entry in books.accepted}
    return [
        Held(release_of(one), one.at, ends[one.task])
        for one in books.executions
        if kinds.get(one.task) == "hold" and one.task in ends
    ]


def outlasting(done: Done, tasks: Sequence[Held]) -> Outlasting:
    """Compare a command with the held tasks of the release before."""
    met = [
        task
        for task in tasks
        if task.release == done.before and task.since < done.until and task.until > done.since
    ]
    last = max((task.until for task in met), default=0.0)
    return Outlasting(
        longest=max((task.until - task.since for task in met), default=0.0),
        workers=max(0.0, last - done.passed),
        end=max(0.0, last - done.until),
    )


def release_of(execution: Execution) -> str:
    return execution.worker.partition("/")[2]
