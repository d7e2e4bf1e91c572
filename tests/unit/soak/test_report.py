"""Which findings break which bar, and what the report says then."""

import json
from typing import Any

import pytest

from soak.report import Report, judge
from tests.unit.soak.books import accepted, answer, books, effect, execution, hit, ticks

GOOD: dict[str, Any] = {
    "answers": [answer()],
    "accepted": [accepted()],
    "executions": [execution()],
    "effects": [effect(), *(effect(task=tick.task) for tick in ticks())],
    "ticks": ticks(),
    "intervals": {"e": 5.0},
    "hits": [hit()],
}

BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"effects": GOOD["effects"][1:]}, "no accepted task is lost: 1"),
    ({"answers": [answer(tasks=("b",))]}, "no accepted task is lost: 1"),
    ({"effects": [*GOOD["effects"], effect()]}, "no effect is doubled: 1"),
    ({"effects": [effect(value=3), *GOOD["effects"][1:]]}, "the one that was accepted: 1"),
    ({"executions": [execution("x")]}, "nothing runs that nobody accepted: 1"),
    ({"dead": ["a"]}, "that should run: 1"),
    ({"parked": ["x"]}, "that should run: 1"),
    ({"ticks": ticks()[1:]}, "no tick is lost: 1"),
    ({"ticks": [*ticks(), *ticks()[:1]]}, "no tick is doubled: 1"),
    ({"hits": [hit(recovered=False)]}, "without a manual step: 1"),
    ({"answers": [answer(500)]}, "with 503 only while PostgreSQL is away: 1"),
    ({"answers": [answer(seconds=0.3)]}, "p99 of requests is below 250 ms: 300 ms"),
    ({"answers": [*[answer()] * 200, answer(seconds=1.1)]}, "no request takes over 1 s: 1100 ms"),
]


def judged(drained: bool = True, **changes: Any) -> Report:
    kept = books(**GOOD | changes)
    return judge(kept, seed=1, minutes=1, planted=None, drained=drained)


def test_every_bar_holds() -> None:
    report = judged()
    assert report.holds
    assert "BROKEN" not in report.text()
    assert "Every bar holds." in report.text()


@pytest.mark.parametrize(("changes", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_broken_bar_is_told(changes: dict[str, Any], said: str) -> None:
    report = judged(**changes)
    assert not report.holds
    (line,) = (line for line in report.text().splitlines() if said in line)
    assert "BROKEN" in line
    assert "A bar is broken." in report.text()


def test_not_drained_breaks_a_bar() -> None:
    assert not judged(drained=False).holds


def test_a_lost_task_is_told_with_where_it_is() -> None:
    assert "  a (work): in the dead letters" in judged(effects=[], dead=["a"]).text()
    assert "  a (work): nowhere" in judged(effects=[]).text()


def test_machines_can_read_it() -> None:
    read = json.loads(json.dumps(judged(parked=["x"]).json()))
    assert read["holds"] is False
    assert read["tasks"]["parked"] == ["x"]
    assert read["faults"][0]["kind"] == "broker stopped"
