"""What a deploy finds wrong before it touches anything: what was asked in, sentences out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import capacity
from celeriac.release import generations, memory, order, preflight

MIB = 2**20
OLDER, OLD, LAST, NEW = (f"2026112{day}T120000-0123456789" for day in range(4))
UNIT = "celery-shop-mail-1"
PROCESS: dict[str, Any] = {
    "kind": "worker",
    "unit": UNIT,
    "memory": 512 * MIB,
    "broker": None,
    "database": None,
    "credentials": {"values": {"KEY": "secret.key", "MAIL": "mail.host"}},
}
DOCUMENT: dict[str, Any] = {
    "application": "shop",
    "root": "/srv/shop",
    "releases": {"draining": 2},
    "beat_overlaps": True,
    "database_connections": 150,
    "build": {"expected": {"release": NEW, "archive_bytes": 20 * MIB, "unpacked_bytes": 80 * MIB}},
    "hosts": {"one": {"processes": [PROCESS]}},
    "hosts_by_kind": {"worker": ["one"], "step": ["one"]},
}


def instance(release: str, state: str = "active", held: int | None = 100, **more: Any) -> Any:
    size = None if held is None else held * MIB
    return {
        f"{UNIT}@{release}.service": {
            "state": state,
            "enabled": True,
            "status": "",
            "memory": size,
            **more,
        },
    }


def host(**changes: Any) -> dict[str, Any]:
    return {
        "asked": [1000.0, 1000.4],
        "clock": 1000.2,
        "platform": "debian 13 x86_64",
        "releases": [],
        "disk_bytes": 100 * MIB,
        "memory_bytes": 512 * MIB,
        "instances": {},
        **changes,
    }


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


def done(release: str) -> dict[str, Any]:
    return {"what": "deploy", "result": "done", "release": release, "when": ""}


DRAINS = [
    # The audit, what runs, the release that is to come, and how many sentences.
    ([done(OLD), done(LAST)], instance(OLD, "deactivating"), NEW, 1),
    ([done(OLD), done(LAST)], instance(OLD), NEW, 1),
    ([done(OLD), done(LAST)], instance(LAST, "deactivating"), NEW, 0),
    ([done(LAST)], instance(OLD, "deactivating"), NEW, 1),
    # Cut off before: it was never in force, and is not older.
    ([done(OLD)], instance(LAST) | instance(OLD, "deactivating"), NEW, 0),
    ([], instance(OLD), NEW, 0),
    # Deployed again.
    ([done(OLD), done(NEW)], instance(OLD, "deactivating"), NEW, 0),
]


@pytest.mark.parametrize(("entries", "instances", "release", "count"), DRAINS)
def test_what_keeps_steps_from_running(
    entries: list[dict[str, Any]], instances: dict[str, Any], release: str, count: int
) -> None:
    found = order.drains({"one": instances}, entries, release)
    assert len(found) == count
    assert all(f"one: {UNIT}@{OLD}.service" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("instances", "said"),
    [
        (instance(NEW), None),
        (instance(LAST), "not running"),
        (instance(NEW, "activating"), "activating"),
        (instance(NEW, enabled=False), "active and not enabled"),
    ],
)
def test_what_does_not_run(instances: dict[str, Any], said: str | None) -> None:
    found = order.not_running(DOCUMENT, NEW, {"one": instances})
    unit = f"{UNIT}@{NEW}.service"
    expected = f"one: {unit} is {said}. There: journalctl -u {unit}"
    assert found == ([expected] if said else [])


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ({"one": {f"{UNIT}@{NEW}.service": {"state": "active"}}}, []),
        (
            {"one": {f"{UNIT}@{OLD}.service": {"state": "deactivating"}}},
            [f"one: {UNIT}@{OLD}.service still finishes its work"],
        ),
        # A slot that the inventory has no more, and a unit on a host that has nothing to run now.
        (
            {"one": {f"celery-shop-mail-9@{NEW}.service": {"state": "active"}}},
            [f"one: celery-shop-mail-9@{NEW}.service runs"],
        ),
        (
            {"away": {f"{UNIT}@{NEW}.service": {"state": "active"}}},
            [f"away: {UNIT}@{NEW}.service runs"],
        ),
        ({"one": {}, "two": None}, ["two was not asked"]),
    ],
)
def test_what_else_than_the_release_runs(hosts: dict[str, Any], said: list[str]) -> None:
    assert order.others(DOCUMENT, NEW, hosts) == said


def test_what_is_paused_is_not_meant_to_run() -> None:
    for paused, count in (["celery-shop-mail"], 0), (["celery-shop-mai"], 1), ([], 1):
        document = order.meant(DOCUMENT, {"one": host(paused=paused)})
        assert len(order.not_running(document, NEW, {"one": {}})) == count
        assert memory.needed(document, "one", {}) == count * 512 * MIB
    assert order.meant(DOCUMENT, {"one": None}) == DOCUMENT


@pytest.mark.parametrize(
    ("instances", "release"),
    [
        ({}, None),
        (instance(NEW), None),
        (instance(LAST), LAST),
        (instance(OLD) | instance(LAST), LAST),
        (instance(LAST, "deactivating"), None),
    ],
)
def test_what_ran_before(instances: dict[str, Any], release: str | None) -> None:
    assert order.before(instances, UNIT, NEW) == release


TASKS = {"tasks": {"shop.mail.send": {"queue": "mail"}, "shop.bulk.count": {"queue": None}}}
QUEUES = {"mail": ["shop.mail"], "bulk": ["shop.bulk"]}


@pytest.mark.parametrize(
    ("queues", "tasks", "begins"),
    [
        (QUEUES, TASKS, []),
        (QUEUES, {}, []),
        (
            {**QUEUES, "mail": ["shop.mail", "shop.mai"]},
            TASKS,
            ["celeriac.yml, queues/mail/tasks/1: shop.mai has no task in this release."],
        ),
        (
            {"bulk": ["shop.bulk"]},
            TASKS,
            ["tasks.json, tasks/shop.mail.send: its queue 'mail' is not described."],
        ),
    ],
)
def test_the_description_and_the_tasks_of_the_code(
    queues: dict[str, list[str]], tasks: dict[str, Any], begins: list[str]
) -> None:
    found = order.problems_of_tasks(queues, tasks)
    assert len(found) == len(begins)
    assert all(text.startswith(start) for text, start in zip(found, begins, strict=True))


def test_a_canary_takes_some_hosts_and_that_of_the_steps() -> None:
    document: dict[str, Any] = {
        "hosts": {"one": {}, "two": {}, "three": {}},
        "application_hosts": ["one", "three", "two", "was"],
        "hosts_by_kind": {"step": ["one"], "worker": ["two", "three"], "web": ["one", "two"]},
    }
    everywhere = {**document, "hosts_by_kind": {**document["hosts_by_kind"]}}
    order.place(everywhere)
    assert everywhere["release_hosts"] == ["one", "two", "three"]
    assert (everywhere["only"], everywhere["retire_hosts"]) == (
        None,
        ["one", "three", "two", "was"],
    )
    order.place(document, ["two"])
    assert document["release_hosts"] == ["one", "two"]
    assert document["hosts_by_kind"] == {"step": ["one"], "worker": ["two"], "web": ["two"]}
    assert (document["only"], document["retire_hosts"]) == (["two"], ["two"])
