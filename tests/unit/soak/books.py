"""Books of a run, in which nothing went wrong unless a test says so."""

from typing import Any

from soak.books import Accepted, Answer, Books, Effect, Execution, Hit, Span, Tick

START, END = 1000.0, 1060.0  # seconds of the epoch


def books(**changes: Any) -> Books:
    """Return the books of a minute without requests, with changes."""
    kept: dict[str, Any] = {
        "run": Span(START, END),
        "end": END + 5,
        "answers": [],
        "hits": [],
        "away": [],
        "accepted": [],
        "executions": [],
        "effects": [],
        "ticks": [],
        "dead": [],
        "parked": [],
    }
    return Books(**kept | changes)


def accepted(task: str = "a", value: int | None = 1, runs: int = 1, at: float = 1010.0) -> Accepted:
    return Accepted(task, "work", value, runs, at)


def execution(task: str = "a", at: float = 1011.0) -> Execution:
    return Execution(task, "work-1@worker1", at)


def effect(task: str = "a", value: int = 1, at: float = 1011.0) -> Effect:
    return Effect(task, value, at)


def answer(status: int = 201, **changes: Any) -> Answer:
    seen: dict[str, Any] = {
        "host": "web1",
        "kind": "work",
        "at": 1010.0,
        "seconds": 0.02,
        "error": "",
        "tasks": ("a",) if status == 201 else (),
    }
    return Answer(status=status, **seen | changes)


def hit(since: float = 1009.0, until: float = 1030.0, recovered: bool = True) -> Hit:
    return Hit("broker stopped", "broker1", since, until, recovered)


def ticks(entry: str = "e", first: float = 1005.0, last: float = 1060.0) -> list[Tick]:
    """A tick every five seconds, and each with a task of its own."""
    times = [first + 5 * number for number in range(int((last - first) / 5) + 1)]
    return [Tick(entry, due, f"{entry} {due:.0f}") for due in times]
