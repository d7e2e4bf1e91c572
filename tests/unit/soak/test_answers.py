"""What clients saw, sorted by whether PostgreSQL was there."""

import pytest

from soak.answers import Times, percentile, summarise
from soak.books import Span
from tests.unit.soak.books import answer

AWAY = [Span(1005.0, 1015.0)]


def test_answers_are_counted() -> None:
    seen = summarise([answer(), answer(seconds=0.04), answer(503, at=1040.0)], [], 1000.0)
    assert (seen.attempted, seen.accepted, seen.refused) == (3, 2, 0)
    assert seen.present == Times(3, 0.02, 0.04, 0.04)
    assert seen.away == Times(0, 0.0, 0.0, 0.0)
    assert seen.failed == ("   40.0 s  web1 work: status 503 after 0.02 s",)
    assert seen.slowest == ("   10.0 s  web1 work: status 201 after 0.04 s",)


@pytest.mark.parametrize(
    ("at", "seconds", "status", "failed"),
    [
        (1010.0, 0.6, 503, 0),
        (1010.0, 0.6, 201, 0),
        (1004.5, 0.6, 503, 0),  # it went away meanwhile
        (1014.9, 0.1, 503, 0),
        (1016.0, 0.1, 503, 1),
        (1010.0, 0.1, 500, 1),
        (1010.0, 1.0, 0, 1),
    ],
)
def test_only_503_is_right_while_postgresql_is_away(at, seconds, status, failed) -> None:
    seen = summarise([answer(status, at=at, seconds=seconds)], AWAY, 1000.0)
    assert len(seen.failed) == failed


def test_no_answer_is_told_with_its_reason() -> None:
    silent = answer(0, error="TimeoutError('timed out')", seconds=1.0)
    (told,) = summarise([silent], [], 1000.0).failed
    assert told == "   10.0 s  web1 work: TimeoutError('timed out') after 1.00 s"


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [([1], 99, 1), ([1, 2], 50, 1), ([1, 2], 99, 2), (list(range(1, 201)), 99, 198)],
)
def test_percentile(values: list[float], percent: int, found: float) -> None:
    assert percentile(values, percent) == found
