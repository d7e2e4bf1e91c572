"""What a deploy asks before it starts new workers, and what it believes of them after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import filters, module

due, units, consumers = (
    module(name) for name in ("celeriac_starting", "celeriac_units", "rabbitmq_consumers")
)
workers = filters("celeriac_proof")


def state(active: str, run: str = "") -> dict[str, str]:
    return {
        "ActiveState": active,
        "UnitFileState": "enabled",
        "ActiveEnterTimestamp": "@1000",
        "InvocationID": run,
    }


def test_what_has_to_start(tmp_path: Path) -> None:
    young = tmp_path / "environment"
    young.touch()
    states = {"new": state("inactive"), "same": state("active", "a"), "old": state("active", "b")}
    wanted = {
        name: {"name": f"unit-{name}", "files": [str(young)] if name == "old" else []}
        for name in states
    }
    assert due.starting(states, wanted) == [
        {"unit": "unit-new", "not_for": ""},
        {"unit": "unit-old", "not_for": "b"},
    ]


def test_a_release_that_was_built_before_there_were_canaries(tmp_path: Path) -> None:
    kit = tmp_path / "releases/r1/venv/lib/python3.13/site-packages/celeriac/worker"
    kit.mkdir(parents=True)
    assert not due.proves(tmp_path, "r1")
    (kit / "canary.py").touch()
    assert due.proves(tmp_path, "r1")
    assert not due.proves(tmp_path, "not-built-yet")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (None, None),
        ('{"canary": "before", "error": null}', None),
        ('{"canary": "one", "error": null}', ""),
        ('{"canary": "one", "error": "OSError: no"}', "OSError: no"),
    ],
)
def test_an_answer_counts_for_its_own_canary(answer: str | None, verdict: str | None) -> None:
    assert units.verdict(answer, "one") == verdict


class Systemd:
    """Takes orders and fails at those it is told to; what ``inactive`` names never gets ready."""

    def __init__(self, *fails: str, inactive: str = "") -> None:
        self.did: list[str] = []
        self._fails, self._inactive = fails, inactive

    def run(self, *words: str, check: bool = True) -> str:
        order = " ".join(word for word in words if word != "--quiet")
        self.did.append(order)
        if check and order in self._fails:
            raise RuntimeError(f"systemctl {order}: no")
        return ""

    def properties(self, names: list[str]) -> dict[str, dict[str, str]]:
        return {name: state("failed" if name in self._inactive else "active") for name in names}

    def last_lines(self, name: str, *_: Any) -> str:
        return f"the last words of {name}"


def bring_up(systemd: Systemd, begun: Any, **canaries: str) -> None:
    params = {"canary_timeout": 0, "lines": 15}
    names = {f"{unit}@r2.service": canary for unit, canary in canaries.items()}
    units.bring_up(systemd, "start", names, params, begun)


def test_one_that_fails_takes_back_what_was_begun_with_it() -> None:
    systemd = Systemd("start b@r2.service c@r2.service", inactive="b@r2.service")
    begun = units.Begun()
    begun.started, begun.replaced = ["a@r2.service"], ["b@r1.service"]
    with pytest.raises(units.Failed) as failure:
        bring_up(systemd, begun, b="", c="")
    assert "b@r2.service did not become ready and was stopped; what ran before still runs." in str(
        failure.value
    )
    assert "The same holds" not in str(failure.value)
    assert "the last words of b@r2.service" in str(failure.value)
    assert systemd.did[2:] == [
        "stop b@r2.service",
        "disable b@r2.service",
        "reset-failed b@r2.service",
        "disable a@r2.service c@r2.service",
        "stop --no-block a@r2.service c@r2.service",
        "start b@r1.service",
    ]


def test_all_that_fail_are_named() -> None:
    order = "start b@r2.service c@r2.service"
    systemd = Systemd(order, inactive="b@r2.service c@r2.service")
    with pytest.raises(units.Failed, match=r"b@r2.*runs\. The same holds for c@r2\.service\. Its"):
        bring_up(systemd, units.Begun(), b="", c="")
    assert "stop b@r2.service c@r2.service" in systemd.did


def test_what_is_ready_is_not_waited_for_when_systemd_takes_no_order() -> None:
    systemd = Systemd("enable a@r2.service b@r2.service")
    with pytest.raises(
        units.Failed, match=r"a@r2\.service could not be brought up and was stopped"
    ):
        bring_up(systemd, units.Begun(), a="", b="")
    assert systemd.did[3:] == [
        "stop --no-block a@r2.service b@r2.service",
        "disable a@r2.service b@r2.service",
    ]


def test_one_without_an_answer_finishes_what_it_has_and_is_not_enabled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(_: Any, name: str, *__: Any) -> None:
        if name.startswith("b"):
            raise units.Unproven("its canary one did not come back within 0 s")

    monkeypatch.setattr(units, "wait_for_canary", answer)
    systemd = Systemd()
    with pytest.raises(units.Failed, match=r"b@r2.* did not prove that it works") as failure:
        bring_up(systemd, units.Begun(), a="two", b="one")
    assert "did not come back within 0 s" in str(failure.value)
    assert systemd.did[1:] == [
        "start a@r2.service b@r2.service",
        "stop --no-block b@r2.service",
        "disable b@r2.service",
        "disable a@r2.service",
        "stop --no-block a@r2.service",
    ]


OLD, NEW = "mail-1@two/r1", "mail-1@two/r2"
CONNECTIONS = [
    {"name": "10.0.0.1:1 -> 10.0.0.9:5671", "user_provided_name": OLD},
    {"name": "10.0.0.1:2 -> 10.0.0.9:5671", "user_provided_name": NEW},
    {"name": "10.0.0.1:3 -> 10.0.0.9:5671"},
]


def consumer(port: int, queue: str) -> dict[str, Any]:
    name = f"10.0.0.1:{port} -> 10.0.0.9:5671"
    return {"queue": {"name": queue}, "channel_details": {"connection_name": name}}


@pytest.mark.parametrize(
    ("seen", "expected", "sentences"),
    [
        ([(1, "mail"), (2, "mail")], {NEW: ["mail"]}, []),
        ([(1, "mail")], {NEW: ["mail"]}, [f"{NEW} is not seen to consume mail"]),
        ([(3, "mail")], {NEW: ["mail"]}, [f"{NEW} is not seen to consume mail"]),
        (
            [(2, "mail"), (1, "bulk"), (1, "rest")],
            {NEW: ["mail", "rest", "bulk"]},
            [f"{NEW} is not seen to consume bulk, rest"],
        ),
        # A hosted application's pool may leave its queues to Celery.
        ([(2, "celery")], {NEW: []}, []),
        ([(1, "celery")], {NEW: []}, [f"{NEW} is not seen to consume anything"]),
    ],
)
def test_a_new_workers_consumers_are_not_the_old_ones(
    seen: list[tuple[int, str]], expected: dict[str, list[str]], sentences: list[str]
) -> None:
    ended = {"queue": {"name": "mail"}, "channel_details": []}
    found = consumers.consumed(CONNECTIONS, [*(consumer(*one) for one in seen), ended])
    assert consumers.missing(found, expected) == sentences


def process(unit: str, canary: str | None) -> dict[str, Any]:
    proof = {"canary": canary, "connection": f"{unit}@two", "queues": ["mail"]}
    return {"kind": "worker", "unit": unit, "proof": proof, "overlap": False}


def test_canaries_are_sent_to_what_starts_and_can_answer() -> None:
    starts = [{"unit": "m1", "not_for": ""}, {"unit": "m2", "not_for": "b"}]
    looks = {
        "one": {"starting": starts, "proves": True},
        "two": {"starting": starts, "proves": False},
        "three": {"starting": [], "proves": True},
    }
    processes = [process("m1", "canary-m1"), process("m2", "canary-m2"), {"kind": "web"}]
    document = {"hosts": {host: {"processes": processes} for host in looks}}
    hostvars = {host: {"__celery_worker_look": look} for host, look in looks.items()}
    assert workers.canaries(list(looks), hostvars, document, "r2") == [
        {"queue": "canary-m1", "release": "r2", "not_for": ""},
        {"queue": "canary-m2", "release": "r2", "not_for": "b"},
    ]


@pytest.mark.parametrize(
    ("said", "canary"), [("", ""), ('{"canary-m1": "one"}', "one"), ('noise\n{"other": "x"}\n', "")]
)
def test_a_unit_waits_for_the_canary_that_it_was_sent(said: str, canary: str) -> None:
    listed = [{"name": "m1", "files": ["f"]}]
    assert workers.workers([process("m1", "canary-m1")], listed, said) == [
        {"name": "m1", "files": ["f"], "overlap": False, "canary": canary}
    ]


def test_hosted_workers_are_seen_to_consume_and_send_no_canary() -> None:
    hosted = [process("m1", None)]
    document = {"hosts": {"two": {"processes": hosted}}}
    look = {"starting": [{"unit": "m1", "not_for": ""}], "proves": True}
    assert workers.canaries(["two"], {"two": {"__celery_worker_look": look}}, document, "r2") == []
    assert workers.expected(hosted, "r2", ["m1"]) == {}
    assert workers.expected(hosted, "r2", ["m2"]) == {"m1@two/r2": ["mail"]}
