"""From which row on a claim looks; time stands still unless a test moves it."""

from __future__ import annotations

import pytest

from celeriac.publishing import floor as module
from celeriac.publishing.floor import GRACE_SECONDS, SWEEP_SECONDS, Floor


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def swept(clock: Clock) -> Floor:
    floor = Floor()
    assert floor.start() == 0
    floor.swept(0)
    return floor


def test_it_follows_what_was_claimed_some_seconds_behind(clock: Clock) -> None:
    floor = swept(clock)
    floor.claimed(500)
    clock.now += GRACE_SECONDS - 0.1
    floor.swept(0)
    assert floor.start() == 0
    clock.now += 0.2
    assert floor.start() == 500


def test_the_whole_table_is_looked_at_now_and_then(clock: Clock) -> None:
    floor = swept(clock)
    floor.claimed(500)
    clock.now += GRACE_SECONDS + SWEEP_SECONDS
    assert floor.start() == 0
    floor.swept(0)
    assert floor.start() == 500


def test_a_long_look_is_taken_rarely(clock: Clock) -> None:
    floor = swept(clock)
    floor.claimed(500)
    clock.now += GRACE_SECONDS
    floor.swept(seconds=0.5)
    floor.start()
    clock.now += 20
    assert floor.start() == 500
    clock.now += 6
    assert floor.start() == 0


@pytest.mark.parametrize("seen", [0, 200])
def test_rows_that_were_given_back_are_looked_at_again(clock: Clock, seen: int) -> None:
    """A full claim of a sweep, or a sequence that was set back."""
    floor = swept(clock)
    floor.claimed(500)
    clock.now += GRACE_SECONDS
    floor.swept(0)
    assert floor.start() == 500
    floor.claimed(seen)
    assert floor.start() == seen


def test_what_was_left_behind_is_looked_at_again_at_once(clock: Clock) -> None:
    floor = swept(clock)
    floor.claimed(500)
    clock.now += GRACE_SECONDS
    floor.start()
    floor.swept(0)
    floor.back(0)
    assert floor.start() == 0
