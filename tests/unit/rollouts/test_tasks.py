"""What the books say of tasks while releases changed. The run is from 1000 to 1060."""

import pytest

from rollouts.tasks import Held, Outlasting, held, idle_seconds, outlasting, repeated
from soak.books import Accepted, Effect, Execution
from tests.unit.rollouts.done import NEW, OLD, done
from tests.unit.soak.books import accepted, books, effect


def run_by(release: str, task: str = "a", at: float = 1011.0) -> Execution:
    return Execution(task, f"work-1@worker1/{release}", at)


@pytest.mark.parametrize(
    ("runs", "executions", "apart", "found"),
    [
        (1, [run_by(OLD)], (), ()),
        (1, [run_by(OLD), run_by(NEW)], (), ("a",)),
        (2, [run_by(OLD), run_by(NEW)], (), ()),
        (1, [run_by(OLD), run_by(NEW)], (NEW,), ()),
        (1, [run_by(OLD), run_by(OLD), run_by(NEW)], (NEW,), ("a",)),
        (1, [run_by(OLD, "tick"), run_by(OLD, "tick")], (), ("tick",)),
    ],
    ids=["once", "twice", "a retry", "given back", "twice and given back", "not accepted"],
)
def test_repeated(runs, executions, apart, found) -> None:
    kept = books(accepted=[accepted(runs=runs)], executions=executions)
    assert repeated(kept, apart) == found


@pytest.mark.parametrize(
    ("ends", "idle"),
    [
        ([1000.0, 1001.0, 1002.9], ()),
        ([1000.9, 1002.0], (1,)),
        ([], (0, 1, 2)),
        ([999.9, 1000.0, 1003.0], (1, 2)),
    ],
)
def test_seconds_without_a_task_that_ends(ends: list[float], idle: tuple[int, ...]) -> None:
    kept = books(accepted=[accepted()], effects=[effect(at=at) for at in ends])
    assert idle_seconds(kept, 1000.0, 1003.5) == idle


def test_ticks_do_not_count() -> None:
    kept = books(accepted=[accepted()], effects=[effect("tick", at=1000.5)])
    assert idle_seconds(kept, 1000.0, 1001.0) == (0,)


def test_held_tasks_with_the_release_that_ran_them() -> None:
    kept = books(
        accepted=[Accepted("h", "hold", 9000, 1, 1010.0), accepted("w"), accepted("open")],
        executions=[run_by(OLD, "h"), run_by(OLD, "w"), run_by(OLD, "open")],
        effects=[Effect("h", 9000, 1020.0), effect("w")],
    )
    assert held(kept) == [Held(OLD, 1011.0, 1020.0)]


@pytest.mark.parametrize(
    ("tasks", "found"),
    [
        ([], Outlasting(0, 0, 0)),
        ([Held(OLD, 1005.0, 1020.0)], Outlasting(15.0, 0, 0)),
        ([Held(OLD, 1005.0, 1030.0)], Outlasting(25.0, 5.0, 0)),
        ([Held(OLD, 1015.0, 1043.0), Held(OLD, 1012.0, 1013.0)], Outlasting(28.0, 18.0, 3.0)),
        ([Held(NEW, 1015.0, 1043.0)], Outlasting(0, 0, 0)),
        ([Held(OLD, 1000.0, 1009.0), Held(OLD, 1041.0, 1043.0)], Outlasting(0, 0, 0)),
    ],
    ids=["none", "before", "past the workers", "past the end", "of the new one", "at other times"],
)
def test_outlasting(tasks: list[Held], found: Outlasting) -> None:
    assert outlasting(done(), tasks) == found
