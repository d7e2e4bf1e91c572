"""Which findings break which bar, and what the report says then."""

import json
from typing import Any

import pytest

from rollouts.bars import compared
from rollouts.flow import LONGEST, SHORTEST
from rollouts.report import Report, judge
from soak.books import Accepted, Effect, Execution
from tests.unit.rollouts.done import NEW, OLD, done
from tests.unit.soak.books import accepted, answer, books, effect, ticks

# Something ends in each second, and one held task outlasts the workers.
TASKS = [accepted(f"t{second}", at=second) for second in range(1000, 1060)]
HELD = Accepted("h", "hold", 28000, 1, 1009.0)
EXECUTIONS = [
    *(Execution(entry.task, f"work-1@worker1/{NEW}", entry.at) for entry in TASKS),
    Execution("h", f"slow-1@worker1/{OLD}", 1009.0),
]
EFFECTS = [
    *(effect(entry.task, at=entry.at) for entry in TASKS),
    Effect("h", 28000, 1037.0),
    *(effect(task=tick.task) for tick in ticks()),
]
GOOD: dict[str, Any] = {
    "answers": [answer(tasks=("t1000",), release=OLD), answer(tasks=(), release=NEW, at=1050.0)],
    "accepted": [*TASKS, HELD],
    "executions": EXECUTIONS,
    "effects": EFFECTS,
    "ticks": ticks(),
    "intervals": {"e": 5.0},
}
BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"answers": [answer(503, release="")]}, "no request fails: 1"),
    ({"answers": [answer(0, error="TimeoutError()")]}, "no request fails: 1"),
    ({"answers": [answer(tasks=(), release=OLD, at=1045.0)]}, "release that may serve then: 1"),
    ({"effects": EFFECTS[1:]}, "no accepted task is lost: 1"),
    ({"effects": [*EFFECTS, effect("t1000", at=1000.0)]}, "no effect is doubled: 1"),
    ({"executions": [*EXECUTIONS, EXECUTIONS[0]]}, "no task is killed or runs twice: 1"),
    ({"dead": ["t1000"]}, "that should run: 1"),
    ({"ticks": ticks()[1:]}, "no tick is lost: 1"),
    (
        {"effects": [*EFFECTS[:20], effect("t1020", at=1021.0), *EFFECTS[21:]]},
        "no second without a task that ends, while good releases change: 1",
    ),
    ({"effects": [*EFFECTS[:60], Effect("h", 28000, 1020.0), *EFFECTS[61:]]}, "in 0 of 1, 0.0 s"),
]


def judged(drained: bool = True, planned: int = 1, one: Any = None, **changes: Any) -> Report:
    carried_out = [one or done(longest=LONGEST)]
    kept = books(**GOOD | changes)
    return judge(kept, carried_out, rate=50, planned=planned, drained=drained)


def test_every_bar_holds() -> None:
    report = judged()
    assert report.holds, report.text()
    assert "BROKEN" not in report.text()
    assert "Every bar holds." in report.text()
    (line,) = (line for line in report.text().splitlines() if line.startswith("deploy 1 "))
    assert line.split() == ["deploy", "1", "0", "30.0", "28.0", "s", "12.0", "s", "-", NEW]


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_broken_bar_is_told(changes: dict[str, Any], said: str) -> None:
    report = judged(**changes)
    assert not report.holds
    (line,) = (line for line in report.text().splitlines() if said in line)
    assert "BROKEN" in line


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"drained": False}, "everything drains in time: it did not"),
        ({"planned": 2}, "every command was carried out: 1 of 2"),
        ({"one": done(wrong=("it ended with 3, not 0",))}, "a state that is understood: 1"),
    ],
)
def test_what_was_done_breaks_a_bar(changes: dict[str, Any], said: str) -> None:
    report = judged(**changes)
    assert not report.holds
    (line,) = (line for line in report.text().splitlines() if said in line)
    assert "BROKEN" in line


def test_a_task_that_no_worker_knew() -> None:
    bad = done("unknown-task", breaks="novel", mixed=True, serving=(OLD, NEW))
    assert "BROKEN  tasks are accepted that no worker knows yet: 0" in judged(one=bad).text()


def test_machines_can_read_it() -> None:
    read = json.loads(json.dumps(judged().json()))
    assert read["holds"] is True
    assert read["commands"][0]["act"]["name"] == "deploy 1"
    assert read["found"]["outlasting"][0]["workers"] == 12.0


@pytest.mark.parametrize(
    ("long", "short", "slower", "noise"),
    [
        ([30.0], [], None, 5.0),
        ([30.0, 32.0, 50.0], [31.0, 30.0], 1.5, 5.0),
        ([90.0], [60.0], 30.0, 9.0),
    ],
)
def test_lengths_are_compared_by_their_medians(long, short, slower, noise) -> None:
    found = compared(
        [
            *(done(until=1010.0 + seconds, longest=LONGEST) for seconds in long),
            *(done(until=1010.0 + seconds, longest=SHORTEST) for seconds in short),
            done("rollback", until=1300.0),
        ]
    )
    assert found == (slower, noise)
