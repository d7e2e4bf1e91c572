"""What stands in a vault: its form, and its names without a value. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from celeriac.derive import in_turn
from celeriac.vault import ENVIRONMENT_SECRETS

FORM = "{environment: {name: text}, applications: {application: {name: text}}}"


def problems(held: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the form of ``celeriac_secrets``; no value is named."""
    found = [f"{key}: not one of environment, applications" for key in held if key not in _KEYS]
    for place, content in _places(held):
        if not isinstance(content, Mapping):
            found.append(f"{place}: not a mapping")
            continue
        found += [
            f"{place}/{name}: not text; write it in quotes"
            for name, value in content.items()
            if not isinstance(value, str)
        ]
    return found


def names(held: Mapping[str, Any]) -> set[str]:
    """Return the paths of all secrets that are there and not empty; the form is right."""
    return {
        f"{place}/{name}"
        for place, content in _places(held)
        for name, value in content.items()
        if value
    }


def listed(
    held: Mapping[str, Any], application: str, wanted: Iterable[str], given: Iterable[str]
) -> list[dict[str, Any]]:
    """Return the secrets that are needed and those that are there, of an application's environment.

    ``of`` is ``environment`` or the application. ``state`` is ``there``, ``missing`` or, with a
    rotation that is not finished, ``rotating``; ``user`` is ``second`` where of two users the
    second is in use; ``rotated`` is a time, None if it never was.
    """
    there = names(held)
    own = (held.get("applications") or {}).get(application) or {}
    paths = [
        *(f"environment/{name}" for name in ENVIRONMENT_SECRETS),
        *(f"applications/{application}/{name}" for name in wanted),
        *given,
        *sorted(
            path
            for path in there
            if path.startswith(("environment/", f"applications/{application}/"))
        ),
    ]
    return [
        _row(path, path in there, own)
        for path in dict.fromkeys(paths)
        if not path.endswith(in_turn.NOTES)
    ]


_KEYS = ("environment", "applications")


def _row(path: str, there: bool, own: Mapping[str, str]) -> dict[str, Any]:
    place, _, name = path.rpartition("/")
    notes = own if place != "environment" else {}
    state = "there" if there else "missing"
    return {
        "of": place.removeprefix("applications/"),
        "name": name,
        "state": "rotating" if there and in_turn.pending(notes, name) else state,
        "user": "second" if notes.get(name + in_turn.USER) else None,
        "rotated": notes.get(name + in_turn.ROTATED),
    }


def _places(held: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each mapping of names, with its path."""
    yield "environment", held.get("environment") or {}
    applications = held.get("applications") or {}
    if not isinstance(applications, Mapping):
        yield "applications", applications
        return
    for application, content in applications.items():
        yield f"applications/{application}", content or {}
