"""Asking many hosts at once, and which hosts a pattern means."""

from __future__ import annotations

import time

import pytest

from celeriac.description.problems import InputError
from celeriac.fleet import loading
from celeriac.fleet.ask import Answer, ask
from tests.descriptions import inventory

WHERE = inventory({"two": {"mail": 2}, "three": {"bulk": 1}}, web=["one"], workers=["two", "three"])


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("echo '{\"now\": 1}'", Answer({"now": 1})),
        # A login script may print what it likes before.
        ("echo Welcome; echo '{}'", Answer({})),
        ("echo Welcome", Answer(reason="not an answer: Welcome")),
        ("true", Answer(reason="not an answer: nothing")),
        ("echo No route >&2; exit 255", Answer(reason="No route")),
        ("echo Banner >&2; echo Denied >&2; echo >&2; exit 1", Answer(reason="Denied")),
        ("exit 7", Answer(reason="ended with 7")),
        ("exec sleep 30", Answer(reason="no answer within 1 s")),
        ("exec python3 -", Answer({"read": True})),
    ],
)
def test_answers(command: str, answer: Answer) -> None:
    asked = {"one": (["sh", "-c", command], "print('{\"read\": true}')")}
    assert ask(asked, limit=1.0) == {"one": answer}


def test_all_at_once_and_in_order() -> None:
    asked = {str(number): (["sh", "-c", "sleep 0.5; echo '{}'"], "") for number in range(20)}
    since = time.monotonic()
    assert list(ask(asked, limit=8)) == list(asked)
    assert time.monotonic() - since < 5


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        (None, ["one", "two", "three"]),
        ("two", ["two"]),
        ("workers", ["two", "three"]),
        ("t*", ["two", "three"]),
        ("web, three", ["one", "three"]),
    ],
)
def test_patterns(pattern: str | None, hosts: list[str]) -> None:
    assert loading.matching(WHERE, pattern, ["one", "two", "three"]) == hosts


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("worker", "--hosts worker: no such host or group. Did you mean 'workers'?"),
        ("x*,web", "--hosts x*: no such host or group. Known here: one, three, two, web, workers."),
        ("one", "--hosts one: no host of it takes part in this. Those that do: two, three."),
        (",", "--hosts ,: no host of it takes part in this. Those that do: two, three."),
    ],
)
def test_patterns_that_mean_nobody(pattern: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        loading.matching(WHERE, pattern, ["two", "three"])
    assert str(error.value) == said
