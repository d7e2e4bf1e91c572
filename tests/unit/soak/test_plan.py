"""Which faults a seed gives."""

from itertools import pairwise

import pytest

from soak.lanes import STRIKES
from soak.plan import CALM, KINDS, LONG_RUN, plan

THREE_MINUTES, HALF_AN_HOUR = 180.0, 1800.0
LANES = ("nodes", "processes")
KIND = {kind.name: kind for kind in KINDS}


def test_the_same_seed_gives_the_same_faults() -> None:
    assert plan(7, HALF_AN_HOUR) == plan(7, HALF_AN_HOUR)


def test_another_seed_gives_others() -> None:
    assert plan(7, THREE_MINUTES) != plan(8, THREE_MINUTES)


def test_every_kind_can_be_carried_out() -> None:
    assert STRIKES.keys() == KIND.keys()


@pytest.mark.parametrize(("seconds", "least"), [(THREE_MINUTES, 12), (HALF_AN_HOUR, 150)])
@pytest.mark.parametrize("seed", range(5))
def test_how_many_there_are(seed: int, seconds: float, least: int) -> None:
    assert sum(len(faults) for faults in plan(seed, seconds).values()) >= least


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("seed", range(5))
def test_a_long_run_has_every_kind(seed: int, lane: str) -> None:
    kinds = {fault.kind for fault in plan(seed, HALF_AN_HOUR)[lane]}
    assert kinds == {kind.name for kind in KINDS if kind.lane == lane}


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("seconds", [THREE_MINUTES, HALF_AN_HOUR])
def test_faults_of_a_lane_leave_time_to_recover(lane: str, seconds: float) -> None:
    for before, after in pairwise(plan(1, seconds)[lane]):
        assert after.at - before.at >= before.lasts + 0.8 * KIND[before.kind].recovers - 0.1


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("seconds", [THREE_MINUTES, HALF_AN_HOUR])
def test_faults_begin_and_end_within_the_run(lane: str, seconds: float) -> None:
    for fault in plan(3, seconds)[lane]:
        assert fault.at >= CALM
        assert fault.at + fault.lasts + CALM <= seconds + 0.1


@pytest.mark.parametrize("seconds", [THREE_MINUTES, LONG_RUN])
def test_a_fault_lasts_as_long_as_its_kind_may(seconds: float) -> None:
    for faults in plan(5, seconds).values():
        for fault in faults:
            kind = KIND[fault.kind]
            longest = kind.longest if seconds >= LONG_RUN else kind.shortest
            assert kind.shortest <= fault.lasts <= longest
            assert 0 <= fault.draw < 1
