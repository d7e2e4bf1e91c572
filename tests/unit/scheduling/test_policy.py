"""What becomes of due times: S is sent, and - skipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from celeriac.scheduling.policy import Rules, decide

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def decided(rules: Rules, *seconds_ago: int) -> str:
    due = [NOW - timedelta(seconds=ago) for ago in seconds_ago]
    decisions = list(decide(due, NOW, rules))
    assert [decision.due for decision in decisions] == due[: len(decisions)]
    return "".join("-" if decision.skipped else "S" for decision in decisions)


@pytest.mark.parametrize(
    ("policy", "seconds_ago", "expected"),
    [
        # Up to a minute late is a fail-over, not a missed tick.
        *((policy, (60, 30, 1, 0), "SSSS") for policy in ("skip", "once", "all")),
        ("skip", (300, 200, 100), "---"),
        ("skip", (300, 200, 10), "--S"),
        ("once", (300, 200, 100), "--S"),
        ("once", (300, 200, 10), "--S"),
        ("once", (300, 200, 10, 5), "--SS"),
        ("all", (300, 200, 10), "SSS"),
        ("all", (), ""),
    ],
)
def test_missed_ticks(policy: str, seconds_ago: tuple[int, ...], expected: str) -> None:
    assert decided(Rules(policy), *seconds_ago) == expected


@pytest.mark.parametrize(
    ("rules", "seconds_ago", "expected"),
    [
        # The seconds count from the due time, not from when the tick could be written.
        (Rules("all", expire_seconds=100), (300, 100, 99), "--S"),
        (Rules("once", expire_seconds=100), (300, 200), "--"),
        (Rules("all", expires=NOW), (30, 10), "--"),
        (Rules("all", expires=NOW + timedelta(seconds=1)), (30, 10), "SS"),
        (Rules("all", one_off=True), (300, 200), "S"),
        (Rules("once", one_off=True), (300, 200), "S"),
        (Rules("skip", one_off=True), (300, 10, 5), "-S"),
    ],
)
def test_expiry_and_one_off(rules: Rules, seconds_ago: tuple[int, ...], expected: str) -> None:
    assert decided(rules, *seconds_ago) == expected


def test_the_task_expires_with_its_due_time() -> None:
    (decision,) = decide([NOW], NOW, Rules("once", expire_seconds=30))
    assert decision.expires == NOW + timedelta(seconds=30)
