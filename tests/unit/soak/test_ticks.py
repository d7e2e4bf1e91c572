"""Ticks against the clock. The run is from 1000 to 1060, the entry's interval 5 seconds."""

from dataclasses import replace

import pytest

from soak.books import Effect, Tick
from soak.reconcile import Reconciled, reconcile
from tests.unit.soak.books import books, effect, ticks

EVERY = {"e": 5.0}


def found(fired: list[Tick], effects: list[Effect] | None = None) -> Reconciled:
    done = [effect(task=tick.task) for tick in fired] if effects is None else effects
    return reconcile(books(intervals=EVERY, ticks=fired, effects=done))


def test_all_fired() -> None:
    seen = found(ticks())
    assert (seen.ticks_due, seen.ticks_fired) == (12, 12)
    assert (seen.ticks_lost, seen.ticks_doubled) == ((), ())


def test_the_grid_may_begin_anywhere() -> None:
    seen = found(ticks(first=1003.5, last=1058.5))
    assert (seen.ticks_due, seen.ticks_lost, seen.ticks_doubled) == (12, (), ())


def test_ticks_outside_of_the_run_do_not_count() -> None:
    seen = found(ticks(first=980.0, last=1100.0))
    assert (seen.ticks_due, seen.ticks_fired, seen.ticks_lost) == (12, 12, ())


@pytest.mark.parametrize("missing", [0, 5, 11], ids=["first", "middle", "last"])
def test_one_missing(missing: int) -> None:
    fired = ticks()
    gone = fired.pop(missing)
    assert found(fired).ticks_lost == (f"e, due {gone.due}: no tick",)


def test_none_fired() -> None:
    seen = found([])
    assert seen.ticks_due == len(seen.ticks_lost) == 12


def test_a_tick_without_effect_is_lost() -> None:
    fired = ticks()
    seen = found(fired, [effect(task=tick.task) for tick in fired[1:]])
    assert seen.ticks_lost == ("e, due 1005.0: 0 effects of e 1005",)


def test_a_tick_with_two_effects_is_doubled() -> None:
    fired = ticks()
    seen = found(fired, [effect(task=tick.task) for tick in [fired[0], *fired]])
    assert seen.ticks_doubled == ("e, due 1005.0: 2 effects of e 1005",)


def test_two_ticks_of_one_moment() -> None:
    fired = ticks()
    seen = found([*fired, replace(fired[3], task="again")])
    assert seen.ticks_doubled == ("e, due 1020.0: 2 ticks",)


def test_a_tick_beside_the_grid() -> None:
    seen = found([*ticks(), Tick("e", 1021.0, "stray")])
    assert seen.ticks_doubled == ("e, due 1021.0: not on the grid",)
