"""What a deploy needs before it asks a host: all inputs, checked, and the document of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def prepare(
    file: Path, place: Any, hosts: str | None = None, without: Sequence[str] = ()
) -> dict[str, Any]:
    """Check all inputs, and return the derived document with everything a playbook needs.

    ``hosts`` is a pattern of those that alone get the release, ``without`` are left out.
    Raises `celeriac.description.problems.InputError`; no host was asked anything yet.
    """
    from celeriac.derive.document import build
    from celeriac.description.together import load_both
    from celeriac.environments import STATE
    from celeriac.fleet.loading import matching
    from celeriac.release import hooks, inputs, order, steps

    hooks.check(file)
    description, inventory = load_both(file, place.name, place.inventories)
    document: dict[str, Any] = build(description, inventory)["celeriac"]
    ready(place, document, file)
    code = description.code
    source = file.resolve().parent / code.source
    inputs.complete(document, file, source, code.include, code.exclude, STATE / "cache")
    steps.place_all(document, inventory.groups)
    serving = [host for host in document["hosts"] if host not in without]
    order.place(document, None if hosts is None else matching(inventory, hosts, serving))
    document["build"]["expected"] = inputs.expected(document, STATE / "cache")
    # A hosted application's tasks may go where its own settings say.
    listed = {name: queue.tasks for name, queue in description.queues.items()}
    document["queue_tasks"] = listed if description.integrated else {}
    return document


def release_of(document: dict[str, Any]) -> str | None:
    """Return the release that was made of the document's inputs, if its archive came here."""
    from celeriac.environments import STATE
    from celeriac.release import inputs

    return inputs.release(document, STATE / "cache")


def ready(place: Any, document: dict[str, Any], file: Path) -> None:
    """Raise `InputError` unless secrets and host keys are there; the lab gets its secrets made."""
    from celeriac import typed
    from celeriac.description.problems import InputError, Problem
    from celeriac.fleet.loading import unrecognisable

    application, wanted = document["application"], document["secrets"]
    if place.name == "lab":
        place.vault.complete(application, wanted)
    missing = place.vault.missing(application, wanted)
    problems = [
        Problem(
            str(place.vault.path),
            f"the secret {name} is missing",
            f"Run `celeriac secrets init {typed.options(place, file)}`.",
        )
        for name in missing
    ]
    problems += [
        Problem(
            str(place.vault.path),
            f"the secret {name} is missing, and an external service has it",
            f"Put it below celeriac_secrets with `celeriac secrets edit {typed.options(place)}`.",
        )
        for name in place.vault.absent(document["secrets_given"])
    ]
    problems += unrecognisable(place)
    if problems:
        raise InputError(place.folder, problems)
