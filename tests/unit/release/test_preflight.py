"""What a deploy finds wrong before it touches anything: what was asked in, sentences out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import capacity
from celeriac.release import generations, memory, preflight
from tests.unit.release.hosts import (
    DOCUMENT,
    LAST,
    MIB,
    NEW,
    OLD,
    OLDER,
    PROCESS,
    UNIT,
    host,
    instance,
)

DATABASE = {
    "host": "db",
    "recovery": False,
    "read_only": False,
    "max_connections": 200,
    "own": 75,
    "others": 30,
}


def judged(**asked: Any) -> dict[str, Any]:
    asked = {"hosts": {"one": host()}, "database": DATABASE, **asked}
    return preflight.judge(DOCUMENT, preflight.Asked(**asked), ["one"])


def test_nothing_is_wrong() -> None:
    nothing: dict[str, Any] = {"refused": [], "final": [], "accepted": [], "unanswered": False}
    assert judged() == nothing


@pytest.mark.parametrize(
    ("only", "subjects"),
    [
        pytest.param(None, ["disk", "memory", "workers that finish"], id="everywhere"),
        pytest.param(["one"], ["disk", "memory", "workers that finish"], id="a canary here"),
        pytest.param(["two"], ["disk"], id="a canary elsewhere, here are the steps"),
    ],
)
def test_a_host_that_starts_nothing_needs_room_for_the_files_alone(
    only: list[str] | None, subjects: list[str]
) -> None:
    finishing = instance(OLD, "deactivating") | instance(OLDER, "deactivating")
    full = host(disk_bytes=0, memory_bytes=0, instances=instance(LAST) | finishing)
    asked = preflight.Asked({"one": full}, database=DATABASE)
    found = preflight.judge({**DOCUMENT, "only": only}, asked, ["one"])
    told = [text.partition(":")[0] for text in [*found["final"], *found["refused"]]]
    assert sorted(told) == subjects


CERTIFICATE = {"service": "rabbitmq", "ends": "2026-12-01", "given": False}
FINDINGS = [
    # What was asked, where it is told, and what the line of the place says.
    ({"hosts": {"one": None}}, "final", "one: does not answer"),
    (
        {"hosts": {"one": host(clock=997.9)}},
        "refused",
        "one: its clock is at least 2.1 s behind this machine's",
    ),
    (
        {"hosts": {"one": host(clock=1002.5)}},
        "refused",
        "one: its clock is at least 2.1 s ahead of this machine's",
    ),
    (
        {
            "hosts": {"one": host(), "two": host(platform="debian 13 aarch64")},
            "build": "two",
        },
        "refused",
        "one: is debian 13 x86_64, and releases are built on two for debian 13 aarch64",
    ),
    (
        {"hosts": {"one": host(disk_bytes=99 * MIB)}},
        "final",
        "one: 99 MiB free beyond the reserve, and the release needs 100 MiB",
    ),
    (
        {"hosts": {"one": host(memory_bytes=511 * MIB)}},
        "refused",
        "one: 511 MiB can be had, and the new processes need about 512 MiB beside the old ones",
    ),
    (
        {
            "hosts": {
                "one": host(
                    instances=instance(LAST)
                    | instance(OLD, "deactivating", status="stopping: 2 tasks")
                    | instance(OLDER, "deactivating")
                )
            }
        },
        "final",
        f"one: 2 releases still finish their tasks, 3 would, and 2 may (releases/draining in "
        f"celeriac.yml): {UNIT}@{OLDER}.service (no word), {UNIT}@{OLD}.service (stopping: 2 tasks)",
    ),
    (
        {"certificates": {"db": [{**CERTIFICATE, "days": 6}]}},
        "refused",
        "db: rabbitmq: 6 days left (until 2026-12-01)",
    ),
    (
        {"certificates": {"db": [{**CERTIFICATE, "days": 7}]}},
        "accepted",
        "db: rabbitmq: 7 days left (until 2026-12-01)",
    ),
    (
        {"database": {"host": "db", "error": "connection refused"}},
        "final",
        "db: does not answer: connection refused",
    ),
    (
        {"database": {"host": "five", "external": True, "error": "no"}},
        "final",
        "asked from five: does not answer: no",
    ),
    (
        {"database": {**DATABASE, "recovery": True}},
        "final",
        "db: it is a standby that only reads",
    ),
    ({"database": {**DATABASE, "read_only": True}}, "final", "db: it only reads"),
    (
        {"database": {**DATABASE, "others": 31}},
        "refused",
        "db: its processes hold 75 connections, of which a deploy needs as many again, others hold 31 "
        "and 20 are kept free, but it accepts 200",
    ),
    (
        {"database": {**DATABASE, "own": 0, "max_connections": 169}},
        "refused",
        "db: its processes open up to 150 connections to the database during a deploy and 20 are kept "
        "free, but it accepts 169",
    ),
    ({"broker": {"host": "b1", "error": "not whole"}}, "final", "b1: not whole"),
    (
        {"empty": [("one", UNIT, "KEY")]},
        "final",
        f"one: {UNIT} would get an empty KEY",
    ),
]


@pytest.mark.parametrize(("asked", "where", "line"), FINDINGS)
def test_what_is_told_where(asked: dict[str, Any], where: str, line: str) -> None:
    found = judged(**asked)
    (text,) = found.pop(where)
    assert text.splitlines()[1] == f"  {line}"
    assert text.splitlines()[2].startswith("  -> ")
    assert ("--force" in text) == (where == "refused")
    assert not any(found[other] for other in {"refused", "final", "accepted"} - {where})


RIGHT = [
    # At the bounds; a slow answer says nothing certain about a clock.
    {"hosts": {"one": host(clock=998.0)}},
    {"hosts": {"one": host(clock=1002.4)}},
    {"hosts": {"one": host(clock=1004.0, asked=[1000.0, 1003.0])}},
    {"hosts": {"one": host(disk_bytes=0, releases=[NEW])}},
    {"certificates": {"db": [{**CERTIFICATE, "days": 30}]}},
    {"database": None},
    {"broker": {"host": "b1"}},
    # A host that does not get the release has no need of room.
    {"hosts": {"one": host(), "two": host(disk_bytes=0, memory_bytes=0)}},
]


@pytest.mark.parametrize("asked", RIGHT)
def test_what_is_right(asked: dict[str, Any]) -> None:
    found = judged(**asked)
    assert not any(found.values())


@pytest.mark.parametrize(
    ("asked", "unanswered"),
    [
        ({"hosts": {"one": None}}, True),
        ({"database": {"host": "db", "error": "no"}}, True),
        ({"broker": {"host": "b1", "error": "no", "silent": True}}, True),
        ({"broker": {"host": "b1", "error": "not whole"}}, False),
        ({"hosts": {"one": host(disk_bytes=0)}}, False),
    ],
)
def test_who_does_not_answer_is_a_failure(asked: dict[str, Any], unanswered: bool) -> None:
    assert judged(**asked)["unanswered"] is unanswered


@pytest.mark.parametrize(("given", "remedy"), [(False, "A deploy renews"), (True, "Put a newer")])
def test_who_renews_a_certificate(given: bool, remedy: str) -> None:
    (text,) = judged(certificates={"db": [{**CERTIFICATE, "days": 6, "given": given}]})["refused"]
    assert text.splitlines()[2].startswith(f"  -> {remedy}")


def test_places_with_the_same_remedy_stand_together() -> None:
    wrong = [preflight.Wrong("disk", place, "full", "Clean.") for place in ("one", "two")]
    assert preflight.grouped(wrong) == ["disk:\n  one: full\n  two: full\n  -> Clean."]


def test_without_any_release_before_no_size_is_known() -> None:
    unknown = {**DOCUMENT, "build": {"expected": None}}
    asked = preflight.Asked({"one": host(disk_bytes=0)})
    assert not any(preflight.judge(unknown, asked, ["one"]).values())


def test_credentials_without_a_value() -> None:
    shared = {"secrets": {"secret.key": " "}, "mail": {}}
    hosts = {"one": {"processes": [PROCESS]}}
    found = preflight.empty_credentials(hosts, shared)
    assert found == [("one", UNIT, "KEY"), ("one", UNIT, "MAIL")]
    whole = {"secrets": {"secret.key": "k"}, "mail": {"host": "m"}}
    assert preflight.empty_credentials(hosts, whole) == []


MEMORY = [
    # What runs, what else is said of the process, MiB.
    ({}, {}, 512),
    (instance(LAST), {}, 125),
    (instance(LAST, held=500), {}, 512),
    (instance(LAST, held=None), {}, 512),
    (instance(LAST) | instance(OLD, held=300), {}, 375),
    # What finishes its work is in use already, and goes.
    (instance(LAST, "deactivating", 400), {}, 512),
    (instance(NEW), {}, 0),
    (instance(LAST), {"overlap": False}, 25),
    (instance(LAST), {"kind": "step"}, 0),
]


@pytest.mark.parametrize(("instances", "changes", "expected"), MEMORY)
def test_memory_beside_what_runs(
    instances: dict[str, Any], changes: dict[str, Any], expected: int
) -> None:
    document = {**DOCUMENT, "hosts": {"one": {"processes": [{**PROCESS, **changes}]}}}
    assert memory.needed(document, "one", instances) == expected * MIB


FINISH = "deactivating"
GENERATIONS = [
    # How many may, what runs and finishes, whether that is too many.
    (1, instance(LAST), False),
    (2, instance(LAST) | instance(OLD, FINISH), False),
    (1, instance(LAST) | instance(OLD, FINISH), True),
    (2, instance(LAST) | instance(OLD, FINISH) | instance(OLDER, FINISH), True),
    (3, instance(LAST) | instance(OLD, FINISH) | instance(OLDER, FINISH), False),
    # A deploy that was cut off: what runs of it is not told to finish.
    (1, instance(NEW) | instance(OLD, FINISH), False),
    (1, instance(NEW, FINISH), False),
    # Nothing that waits could make it better.
    (1, instance(LAST) | instance(OLD), False),
    (2, instance(OLD, FINISH) | instance(OLDER, FINISH), False),
    # Not a worker.
    (1, {"web-shop@x.service": {"state": FINISH, "status": ""}} | instance(LAST), False),
]


@pytest.mark.parametrize(("limit", "instances", "refused"), GENERATIONS)
def test_how_many_releases_may_finish(limit: int, instances: dict[str, Any], refused: bool) -> None:
    document = {**DOCUMENT, "releases": {"draining": limit}}
    assert bool(generations.too_many(document, "one", instances)) is refused


@pytest.mark.parametrize(("needed", "too_few"), [(180, False), (181, True)])
def test_connections(needed: int, too_few: bool) -> None:
    assert bool(capacity.too_few_connections(needed, 200)) is too_few
