"""Two users in turn: a password is replaced while processes still hold the old one.

Each process of an application has two names at the broker and two in the database, of which one is
in use. A rotation gives the other one a password, moves the processes over, and removes the first.
The cache's one user has two passwords meanwhile. Which is in use stands in the vault, beside the
password of a secret such as ``broker.relay``:

========================  ===============================================================
``broker.relay``          the password in use
``broker.relay.user``     ``b`` where the second user has it; without, it is the first
``broker.relay.next``     of the other user, until every service knows it (phase 1)
``broker.relay.previous`` of the other user, until nobody is connected with it (phase 2)
``broker.relay.rotated``  when it was put into use, UTC
========================  ===============================================================

All functions are pure; ``held`` are the secrets of one application.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from celeriac.derive.secrets import CACHE, DATABASE

Held = Mapping[str, str]
# No user of a broker or database that is derived from an application's and a process's name has a dot.
SECOND = ".b"
USER, NEXT, PREVIOUS, ROTATED = ".user", ".next", ".previous", ".rotated"
NOTES = (USER, NEXT, PREVIOUS, ROTATED)


def takes_turns(secret: str) -> bool:
    """Whether its password can be replaced without a moment in which a connection is refused."""
    return secret == CACHE or _two_users(secret)


def user(held: Held, secret: str, first: str) -> str:
    """Return the user in use, of the two that ``first`` is the first of."""
    return first + SECOND if held.get(secret + USER) == "b" else first


def both(first: str) -> list[str]:
    """Return the names of the two users."""
    return [first, first + SECOND]


def logins(held: Held, secret: str, first: str) -> dict[str, str]:
    """Return the users that a service has to know now, each with the name of its secret."""
    now = user(held, secret, first)
    (other,) = {*both(first)} - {now}
    return {now: secret, **({other: key} if (key := _of_other(held, secret)) else {})}


def broker_objects(objects: Mapping[str, Any], held: Held) -> dict[str, Any]:
    """Return the broker's objects with every user that it has to know, each with the same rights."""
    known = {one["name"]: logins(held, one["secret"], one["name"]) for one in objects["users"]}
    return {
        **objects,
        "users": [
            {**one, "name": name, "secret": secret}
            for one in objects["users"]
            for name, secret in known[one["name"]].items()
        ],
        **{
            rights: [
                {**one, "user": name} for one in objects[rights] for name in known[one["user"]]
            ]
            for rights in ("permissions", "topic_permissions")
        },
    }


def database(described: Mapping[str, Any] | None, held: Held) -> dict[str, Any] | None:
    """Return the database with every role of a process that it has to know."""
    if described is None:
        return None
    roles = [
        {"name": name, "secret": secret}
        for role in described["roles"]
        for name, secret in logins(held, role["secret"], role["name"]).items()
    ]
    return {**described, "roles": roles}


def cache_passwords(secret: str, held: Held, previous: bool = True) -> list[str]:
    """Return the passwords that the cache's user has now; without ``previous``, those to stay."""
    other = _of_other(held, secret)
    left_out = other is None or (not previous and other.endswith(PREVIOUS))
    return [held[secret], *([] if left_out else [held[str(other)]])]


def retired(users: Iterable[Mapping[str, Any]], held: Held) -> list[str]:
    """Return the users that are to go, of ``users`` of broker or database as they are derived."""
    return [
        name
        for one in users
        for name, key in logins(held, one["secret"], one["name"]).items()
        if key.endswith(PREVIOUS)
    ]


def pending(held: Held, secret: str) -> str | None:
    """Return ``next`` or ``previous`` for a rotation that was begun and not finished."""
    other = _of_other(held, secret)
    return other.rpartition(".")[2] if other else None


def begun(held: Held, secrets: Iterable[str], make: Callable[[], str]) -> dict[str, str]:
    """Return the secrets with a next password for each that is in no rotation yet."""
    return {**held, **{name + NEXT: make() for name in secrets if pending(held, name) is None}}


def promoted(held: Held, now: str) -> dict[str, str]:
    """Return the secrets with each next password in use; ``now`` is the time that is noted."""
    found = dict(held)
    for secret in [name.removesuffix(NEXT) for name in held if name.endswith(NEXT)]:
        found[secret + PREVIOUS], found[secret] = held[secret], found.pop(secret + NEXT)
        found[secret + ROTATED] = now
        if _two_users(secret) and found.pop(secret + USER, None) is None:
            found[secret + USER] = "b"
    return found


def finished(held: Held, secrets: Iterable[str]) -> dict[str, str]:
    """Return the secrets without the previous password of these."""
    gone = {name + PREVIOUS for name in secrets}
    return {name: secret for name, secret in held.items() if name not in gone}


def _two_users(secret: str) -> bool:
    return secret.startswith(("broker.", "database.")) and secret != DATABASE


def _of_other(held: Held, secret: str) -> str | None:
    return next((secret + key for key in (NEXT, PREVIOUS) if held.get(secret + key)), None)
