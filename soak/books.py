"""What is known at the end of a run: the ledger's books, the clients' notes and the faults."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Accepted:
    """A task that a request accepted. Times are seconds of the epoch, here and below.

    `value` is what its effect must say; None when it must become a dead letter instead.
    """

    task: str
    kind: str
    value: int | None
    runs: int
    at: float


@dataclass(frozen=True)
class Execution:
    task: str
    worker: str
    at: float


@dataclass(frozen=True)
class Effect:
    task: str
    value: int
    at: float


@dataclass(frozen=True)
class Tick:
    """A tick of the schedule and the task that was sent for it."""

    entry: str
    due: float
    task: str


@dataclass(frozen=True)
class Answer:
    """What a client saw of one request. `status` 0: no answer, `error` says why.

    `release` is the one that answered, where it says so.
    """

    host: str
    kind: str
    at: float
    seconds: float
    status: int
    error: str
    tasks: tuple[str, ...]
    release: str = ""


@dataclass(frozen=True)
class Hit:
    """A fault as it was carried out. `until` is when everything had recovered from it."""

    kind: str
    target: str
    since: float
    until: float
    recovered: bool


@dataclass(frozen=True)
class Span:
    """From one moment to another."""

    since: float
    until: float

    def covers(self, since: float, until: float) -> bool:
        """Whether the two spans have a moment in common."""
        return since <= self.until and until >= self.since


@dataclass(frozen=True)
class Books:
    """Everything of one run. `run` is the time of the load, `end` when waiting ended."""

    run: Span
    end: float
    answers: list[Answer]
    hits: list[Hit]
    away: list[Span]  # PostgreSQL was not there for web hosts
    accepted: list[Accepted]
    executions: list[Execution]
    effects: list[Effect]
    ticks: list[Tick]
    dead: list[str]  # ids of the tasks in the dead letters
    parked: list[str]  # ids of the tasks that the relay set aside
    intervals: dict[str, float] = field(default_factory=dict)  # of the schedule's entries, seconds
