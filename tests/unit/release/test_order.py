"""What runs and what is meant to, which steps may run and where: what was asked in, sentences out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.release import memory, order
from tests.unit.release.hosts import DOCUMENT, LAST, MIB, NEW, OLD, UNIT, host, instance


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
