"""Two users in turn: what stands in the vault, and who a service knows, after each phase."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import in_turn, rabbitmq, services
from celeriac.derive.connections import facts_for
from celeriac.steering import rotating
from tests.artefacts.documents import document
from tests.descriptions import describe
from tests.unit.modules import loading

RELAY, CACHE = "broker.relay", "cache.password"
FIRST = {RELAY: "one", CACHE: "red", "secret.key": "k"}
NEXT = {**FIRST, f"{RELAY}.next": "two", f"{CACHE}.next": "blue"}
PREVIOUS = {
    RELAY: "two", f"{RELAY}.user": "b", f"{RELAY}.previous": "one", f"{RELAY}.rotated": "noon",
    CACHE: "blue", f"{CACHE}.previous": "red", f"{CACHE}.rotated": "noon", "secret.key": "k",
}  # fmt: skip
DONE = {name: secret for name, secret in PREVIOUS.items() if not name.endswith(".previous")}


def test_the_phases() -> None:
    made = iter(["two", "blue"])
    begun = in_turn.begun(FIRST, [RELAY, CACHE], lambda: next(made))
    assert begun == NEXT
    assert in_turn.promoted(begun, "noon") == PREVIOUS
    assert in_turn.finished(PREVIOUS, [RELAY, CACHE]) == DONE


@pytest.mark.parametrize("held", [NEXT, PREVIOUS])
def test_what_was_begun_is_not_begun_again(held: dict[str, str]) -> None:
    assert in_turn.begun(held, [RELAY, CACHE], lambda: "three") == held


def test_what_was_promoted_stays() -> None:
    assert in_turn.promoted(PREVIOUS, "later") == PREVIOUS


def test_the_second_rotation_brings_the_first_user_back() -> None:
    again = in_turn.promoted(in_turn.begun(DONE, [RELAY], lambda: "three"), "later")
    assert (again[RELAY], again[f"{RELAY}.previous"]) == ("three", "two")
    assert f"{RELAY}.user" not in again


@pytest.mark.parametrize(
    ("held", "known", "user", "retired", "cache"),
    [
        (FIRST, {"shop-relay": "one"}, "shop-relay", [], ["red"]),
        (NEXT, {"shop-relay": "one", "shop-relay.b": "two"}, "shop-relay", [], ["red", "blue"]),
        (
            PREVIOUS,
            {"shop-relay.b": "two", "shop-relay": "one"},
            "shop-relay.b",
            ["shop-relay"],
            ["blue", "red"],
        ),
        (DONE, {"shop-relay.b": "two"}, "shop-relay.b", [], ["blue"]),
    ],
)
def test_whom_the_services_know(
    held: dict[str, str], known: dict[str, str], user: str, retired: list[str], cache: list[str]
) -> None:
    objects = rabbitmq.build(describe(), "test")
    relay = [one for one in objects["users"] if one["secret"] == RELAY]
    found = in_turn.broker_objects(objects, held)
    passwords = {
        one["name"]: held[one["secret"]] for one in found["users"] if RELAY in one["secret"]
    }
    assert passwords == known
    assert in_turn.user(held, RELAY, "shop-relay") == user
    assert in_turn.retired(relay, held) == retired
    assert in_turn.cache_passwords(CACHE, held) == cache
    assert in_turn.cache_passwords(CACHE, held, previous=False) == (
        cache if held is NEXT else cache[:1]
    )


def test_both_users_have_the_same_rights() -> None:
    objects = rabbitmq.build(describe(), "test")
    found = in_turn.broker_objects(objects, NEXT)
    for rights in ("permissions", "topic_permissions"):
        first, second = (
            [{**one, "user": ""} for one in found[rights] if one["user"] == user]
            for user in ("shop-relay", "shop-relay.b")
        )
        assert first == second != []
    others = [one for one in found["permissions"] if not one["user"].startswith("shop-relay")]
    assert others == [one for one in objects["permissions"] if one["user"] != "shop-relay"]
    assert in_turn.broker_objects(objects, {}) == objects


def test_roles_of_the_database() -> None:
    described = services.database(describe())
    held = {"database.web": "one", "database.web.next": "two"}
    found = in_turn.database(described, held)
    assert found is not None
    assert described is not None
    assert found["roles"] == [
        {"name": "shop-web", "secret": "database.web"},
        {"name": "shop-web.b", "secret": "database.web.next"},
        *described["roles"][1:],
    ]
    assert in_turn.database(None, held) is None


@pytest.mark.parametrize(
    ("held", "login"),
    [(NEXT, ("shop-relay", "one")), (PREVIOUS, ("shop-relay.b", "two"))],
)
def test_a_process_gets_the_user_in_use(held: dict[str, str], login: tuple[str, str]) -> None:
    process: dict[str, Any] = {
        "broker": {"user": "shop-relay", "secret": RELAY},
        "database": None,
    }
    broker = facts_for(process, {"broker": {"vhost": "v"}, "secrets": held}, "host")["broker"]
    assert (broker["user"], broker["password"]) == login


@pytest.mark.parametrize(
    ("secret", "can"),
    [
        ("broker.pool-mail", True),
        ("database.web", True),
        ("cache.password", True),
        ("database.password", False),
        ("secret.key", False),
        ("edge.key", False),
    ],
)
def test_what_takes_turns(secret: str, can: bool) -> None:
    assert in_turn.takes_turns(secret) is can


def test_both_roles_may_come_from_a_process_hosts() -> None:
    clients = loading.filters("celeriac_hosts").database_clients(document())
    assert clients["one"] == ["shop-web", "shop-web.b"]
    # The owner has one name.
    assert clients["three"] == [
        f"shop-{process}{second}"
        for process in ("pool-bulk", "pool-mail", "relay")
        for second in ("", ".b")
    ]
    assert "shop" in clients["four"]
    assert "shop.b" not in clients["four"]


def test_whom_a_password_of_the_cache_concerns() -> None:
    cached = document(connections__CACHE_URL="cache.url")
    units = rotating.affected(cached, ["cache.password"])
    assert {one["kind"] for one in units.values()} == {"web", "beat", "worker", "relay"}
    assert units["web-shop"]["hosts"] == ["one", "two"]
    assert rotating.can(cached)[-1] == "cache.password"
    assert rotating.affected(document(), ["cache.password"]) == {}


def test_users_of_somebody_else_are_not_rotated() -> None:
    outside = {**document(), "external": {"broker": {}}}
    assert not [name for name in rotating.can(outside) if name.startswith("broker.")]
    _, (problem,) = rotating.chosen(outside, ["broker.relay"], everything=False, typed="-e far")
    assert "`celeriac secrets edit -e far`" in str(problem)
    assert "the broker is somebody else's, where users are not rotated" in str(problem)
