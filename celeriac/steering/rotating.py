"""What a rotation of passwords would do to a fleet, before it does it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from celeriac.derive import in_turn, names
from celeriac.derive.secrets import CACHE, DATABASE
from celeriac.description.problems import Problem, near_miss
from celeriac.fleet.text import table

Document = Mapping[str, Any]
SERVICES = ("broker", "database", "cache")
# No unit of its own: it gets its password when it is run.
_STEP = "step"


def can(document: Document) -> list[str]:
    """Return the secrets that can be rotated: of services of ours, whose users we make."""
    return [
        secret
        for secret in document["secrets"]
        if in_turn.takes_turns(secret) and service(secret) not in document["external"]
    ]


def service(secret: str) -> str:
    """Return the service that a password is for."""
    return secret.partition(".")[0]


def chosen(
    document: Document, asked: list[str], everything: bool, typed: str
) -> tuple[list[str], list[Problem]]:
    """Return the secrets that are meant, and what is wrong with the names.

    ``typed`` are the options that lead another command to this environment.
    """
    possible = can(document)
    if everything != (not asked):
        what = "say which, or --all; not both"
        return [], [Problem("NAME", what, f"There are: {', '.join(possible)}.")]
    problems = [_problem(document, name, possible, typed) for name in asked if name not in possible]
    return (possible if everything else list(dict.fromkeys(asked))), problems


def _problem(document: Document, name: str, possible: list[str], typed: str) -> Problem:
    edit = (
        f"Change it with `celeriac secrets edit {typed}` and deploy; docs/secrets.md tells what that "
        "costs."
    )
    if name == DATABASE:
        return Problem(
            name, "the owner of the database has one name, which nothing can share", edit
        )
    if name.startswith("secret."):
        return Problem(name, "what changes with it only the application knows", edit)
    if service(name) in document["external"] and in_turn.takes_turns(name):
        what = f"the {service(name)} is somebody else's, where users are not rotated"
        return Problem(name, what, edit)
    return Problem(name, "no password that can be rotated", near_miss(name, possible))


def affected(document: Document, secrets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the units that have to start anew: ``{unit: {kind, hosts, secrets}}``."""
    wanted = set(secrets)
    found: dict[str, dict[str, Any]] = {}
    for host, placed in document["hosts"].items():
        for process in placed["processes"]:
            own = _used(process) & wanted
            if own and process["kind"] != _STEP:
                new = {"kind": process["kind"], "hosts": [], "secrets": own}
                found.setdefault(process["unit"], new)["hosts"].append(host)
    return found


def users(document: Document) -> dict[str, str]:
    """Return the first user of each secret that has two."""
    broker, database = document["broker"]["objects"]["users"], document["database"] or {}
    return {one["secret"]: one["name"] for one in [*broker, *database.get("roles", [])]}


def part(document: Document, held: in_turn.Held, secrets: list[str]) -> dict[str, Any]:
    """Return what the playbooks do: at which services, with which kinds of unit.

    ``writers`` are the database roles that a release must know before they are used.
    """
    first = users(document)
    return {
        "services": {name: name in map(service, secrets) for name in SERVICES},
        "kinds": sorted({unit["kind"] for unit in affected(document, secrets).values()}),
        "writers": [
            role
            for secret in secrets
            if service(secret) == "database" and secret != names.database_secret("relay")
            for role in in_turn.logins(held, secret, first[secret])
        ],
    }


def plan(document: Document, held: in_turn.Held, secrets: list[str]) -> list[str]:
    """Return the lines that say what would happen to each secret."""
    first, units = users(document), affected(document, secrets)
    rows = []
    for secret in secrets:
        restarts = [
            f"{unit} ({', '.join(one['hosts'])})"
            for unit, one in units.items()
            if secret in one["secrets"]
        ]
        now, then = _names(held, secret, first)
        rows.append((secret, now, then, ", ".join(restarts)))
    return table(("SECRET", "NOW", "THEN", "RESTARTS"), rows)


def _names(held: in_turn.Held, secret: str, first: Mapping[str, str]) -> tuple[str, str]:
    if secret not in first:
        return "one password", "another"
    now = in_turn.user(held, secret, first[secret])
    (other,) = {*in_turn.both(first[secret])} - {now}
    if in_turn.pending(held, secret) == "previous":
        return now, f"{now}; {other} goes"
    return now, other


def _used(process: Mapping[str, Any]) -> set[str]:
    logins = [process[name] for name in ("broker", "database") if process[name]]
    expressions = process["credentials"]["values"].values()
    cache = {CACHE} if any(one.startswith("cache.") for one in expressions) else set()
    return {login["secret"] for login in logins} | cache
