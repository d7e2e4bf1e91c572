"""The stream of requests."""

from collections import Counter
from itertools import pairwise, takewhile

import pytest

from celeriac.description.loading import load
from rollouts.flow import LONGEST, SHORTEST, Flow, every, milliseconds
from rollouts.run import CONCURRENCY, POOL
from rollouts.workshop import DESCRIPTION, LEDGER
from soak.load import Due

SLOTS = 4


def within(flow: Flow, seconds: float) -> list[Due]:
    first = next(flow)
    return [first, *takewhile(lambda due: due.at < first.at + seconds, flow)]


@pytest.mark.parametrize("rate", [10, 50])
def test_the_rate_is_that_of_all_but_held_tasks(rate: int) -> None:
    found = within(Flow(rate, SLOTS), 10)
    steady = [due for due in found if not due.path.startswith("/hold")]
    assert len(steady) == 10 * rate
    assert Counter(due.method for due in steady) == {"GET": 8 * rate, "POST": 2 * rate}
    assert all(before.at <= after.at for before, after in pairwise(found))


@pytest.mark.parametrize("slots", [1, 4, 40])
@pytest.mark.parametrize("longest", [SHORTEST, LONGEST])
def test_the_pool_can_carry_held_tasks(longest: float, slots: int) -> None:
    number = 200
    work = sum(milliseconds(n, longest) / 1000 for n in range(number))
    assert work <= 0.8 * slots * number * every(longest, slots)
    assert every(longest, slots) >= 1


def test_any_few_held_tasks_are_short_middling_and_long() -> None:
    for first in range(50):
        few = [milliseconds(first + n, LONGEST) / 1000 for n in range(6)]
        assert max(few) > 22
        assert min(few) < 8
        assert all(0 < seconds < LONGEST for seconds in few)


def test_the_longest_may_change() -> None:
    flow = Flow(50, SLOTS)
    within(flow, 20)
    flow.longest = SHORTEST
    held = [due.path for due in within(flow, 30) if due.path.startswith("/hold")]
    assert len(held) > 20
    assert all(int(path.partition("=")[2]) <= 1000 for path in held)


def test_the_pool_of_held_tasks_is_as_the_ledger_describes_it() -> None:
    pool = load(LEDGER / DESCRIPTION).pools[POOL]
    assert pool.concurrency == CONCURRENCY
    assert pool.soft_time_limit is not None
    assert pool.soft_time_limit > LONGEST
