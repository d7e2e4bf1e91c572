"""What the clients saw: how many requests were answered how, and how quickly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from soak.books import Answer, Span


@dataclass(frozen=True)
class Times:
    """Seconds that a group of requests took."""

    requests: int
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Answered:
    """`away` is while PostgreSQL was away from the request's host, `present` the rest."""

    attempted: int
    accepted: int
    refused: int  # 503 while PostgreSQL was away
    failed: tuple[str, ...]  # anything else but 2xx, as text
    present: Times
    away: Times
    slowest: tuple[str, ...]  # the hundredth of `present` that took longest, as text


def summarise(answers: Sequence[Answer], away: Sequence[Span], since: float) -> Answered:
    """Sort the answers by what PostgreSQL did meanwhile; `since` is when the run began."""
    absent = [answer for answer in answers if _overlaps(answer, away)]
    present = [answer for answer in answers if not _overlaps(answer, away)]
    accepted = sum(1 for answer in answers if 200 <= answer.status < 300)
    refused = sum(1 for answer in absent if answer.status == 503)
    failed = [
        *(answer for answer in present if not 200 <= answer.status < 300),
        *(answer for answer in absent if answer.status != 503 and not 200 <= answer.status < 300),
    ]
    return Answered(
        attempted=len(answers),
        accepted=accepted,
        refused=refused,
        failed=tuple(_told(answer, since) for answer in failed),
        present=times(present),
        away=times(absent),
        slowest=tuple(_told(answer, since) for answer in _slowest(present)),
    )


def times(answers: Sequence[Answer]) -> Times:
    """Return the times of answers; zeros without any."""
    taken = sorted(answer.seconds for answer in answers)
    if not taken:
        return Times(0, 0.0, 0.0, 0.0)
    return Times(len(taken), percentile(taken, 50), percentile(taken, 99), taken[-1])


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the smallest value that `percent` of the values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def _slowest(answers: Sequence[Answer]) -> list[Answer]:
    longest_first = sorted(answers, key=lambda answer: answer.seconds, reverse=True)
    return longest_first[: math.ceil(len(answers) / 100)]


def _overlaps(answer: Answer, spans: Sequence[Span]) -> bool:
    return any(span.covers(answer.at, answer.at + answer.seconds) for span in spans)


def _told(answer: Answer, since: float) -> str:
    what = answer.error or f"status {answer.status}"
    at = answer.at - since
    return f"{at:7.1f} s  {answer.host} {answer.kind}: {what} after {answer.seconds:.2f} s"
