"""What became of each accepted task: books in, balance out."""

from typing import Any

import pytest

from soak.reconcile import reconcile
from tests.unit.soak.books import accepted, answer, books, effect, execution, hit

DONE = {"accepted": [accepted()], "executions": [execution()], "effects": [effect()]}
REFUSED = {"accepted": [accepted(value=None)], "executions": [execution()]}

# What was found in books, as changes of the books of a run without anything.
CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("nothing", {}, {"accepted": 0, "executed": 0}),
    ("done", DONE, {"accepted": 1, "executed": 1}),
    ("no effect", {**DONE, "effects": []}, {"accepted": 1, "executed": 1, "lost": ("a",)}),
    ("never run", {"accepted": [accepted()]}, {"accepted": 1, "lost": ("a",)}),
    (
        "its execution was not entered",
        {**DONE, "executions": []},
        {"accepted": 1, "executed": 1},
    ),
    (
        "answered, not in the books",
        {**DONE, "answers": [answer(tasks=("a", "b"))]},
        {"accepted": 1, "executed": 1, "forgotten": ("b",)},
    ),
    (
        "two effects",
        {**DONE, "effects": [effect(), effect()]},
        {"accepted": 1, "executed": 1, "doubled": ("a",)},
    ),
    (
        "another value",
        {**DONE, "effects": [effect(value=7)]},
        {"accepted": 1, "executed": 1, "wrong": ("a",)},
    ),
    (
        "nobody asked for it",
        {**DONE, "executions": [execution(), execution("x")]},
        {"accepted": 1, "executed": 1, "unexpected": ("x",)},
    ),
    (
        "run again",
        {**DONE, "executions": [execution()] * 3},
        {"accepted": 1, "executed": 1, "repeated": 2, "recovered": 1},
    ),
    (
        "its retries are no repetitions",
        {**DONE, "accepted": [accepted(runs=3)], "executions": [execution()] * 3},
        {"accepted": 1, "executed": 1},
    ),
    (
        "waited through a fault",
        {**DONE, "effects": [effect(at=1020.0)], "hits": [hit()]},
        {"accepted": 1, "executed": 1, "recovered": 1},
    ),
    (
        "waited without a fault",
        {**DONE, "effects": [effect(at=1020.0)], "hits": [hit(since=1030.0, until=1040.0)]},
        {"accepted": 1, "executed": 1},
    ),
    (
        "a dead letter, as accepted",
        {**REFUSED, "dead": ["a", "a"]},
        {"accepted": 1, "executed": 1, "dead_lettered": 1},
    ),
    ("a dead letter lost", REFUSED, {"accepted": 1, "executed": 1, "lost": ("a",)}),
    (
        "a dead letter that should have run",
        {"accepted": [accepted()], "executions": [execution()], "dead": ["a"]},
        {"accepted": 1, "executed": 1, "lost": ("a",), "dead_unexpected": ("a",)},
    ),
    ("parked", {**DONE, "parked": ["x"]}, {"accepted": 1, "executed": 1, "parked": ("x",)}),
]


@pytest.mark.parametrize(("kept", "seen"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_tasks(kept: dict[str, Any], seen: dict[str, Any]) -> None:
    usual = dict.fromkeys(("lost", "forgotten", "doubled", "wrong", "unexpected"), ())
    usual |= {"dead_unexpected": (), "parked": ()}
    counted = dict.fromkeys(("repeated", "recovered", "dead_lettered", "executed"), 0)
    found = reconcile(books(**kept))
    expected = {**usual, **counted, **seen}
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("moments", "longest"),
    [
        ([], 0.0),
        ([1001.0, 1002.0, 1010.0], 8.0),
        ([1030.0, 1031.0], 30.0),  # from the start on
        ([1001.0, 1002.0, 1090.0], 1.0),  # after the end
    ],
)
def test_longest_time_without_progress(moments: list[float], longest: float) -> None:
    effects = [effect(task=str(at), at=at) for at in moments]
    assert reconcile(books(effects=effects)).longest_pause == longest
