"""``celeriac deploy``: provision the hosts and release the application."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from celeriac.cli.options import FILE, INVENTORIES, Environment, File, Inventories, reported

CheckMode = Annotated[bool, typer.Option("--check", help="Say what would change, change nothing.")]
AcceptDegraded = Annotated[
    bool,
    typer.Option(
        "--accept-degraded-broker", help="Go on although some of the broker's nodes are missing."
    ),
]
StopRemoved = Annotated[
    bool,
    typer.Option(
        "--stop-removed-brokers", help="Empty and stop brokers that the inventory has no more."
    ),
]
Without = Annotated[
    list[str] | None,
    typer.Option("--without", metavar="HOST", help="Leave a host out; may be repeated."),
]
Force = Annotated[
    str | None,
    typer.Option(
        "--force",
        metavar="REASON",
        help="Go on although tasks are taken away that may still be asked for, and say why.",
    ),
]
Verbose = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Show Ansible's own details.")
]


def deploy(
    environment: Environment = "lab",
    file: File = FILE,
    inventories: Inventories = INVENTORIES,
    check: CheckMode = False,
    accept_degraded_broker: AcceptDegraded = False,
    stop_removed_brokers: StopRemoved = False,
    without: Without = None,
    force: Force = None,
    verbose: Verbose = 0,
) -> None:
    """Provision the environment's hosts and release the application on them.

    Exit codes: 0 done, 1 somebody else has the lock, 2 mistakes in the input (nothing was
    touched), 3 a host failed.
    """
    from celeriac.cli.turn import Turn
    from celeriac.environments import Environment as Place

    since = time.monotonic()
    with reported():
        place = Place(environment, inventories)
        _with_a_reason(force, place)
        document = prepare(file, place)
        left_out = _known(without or [], place)
    application = document["application"]
    log = place.log_file(f"deploy-{application}")
    variables = {
        "celeriac": document,
        # Not given, what the inventory says holds.
        **({"celeriac_accept_degraded_broker": True} if accept_degraded_broker else {}),
        **({"celeriac_stop_removed_brokers": True} if stop_removed_brokers else {}),
        **({"celeriac_force": force} if force else {}),
    }
    options = [
        *(["--limit", ":".join(["all", *(f"!{host}" for host in left_out)])] if left_out else []),
        *(["--check", "--diff"] if check else []),
        *(["-" + "v" * verbose] if verbose else []),
    ]
    host = (document["steps_process"] or {}).get("host")
    turn = Turn(place, application, "deploy", None if host in left_out else host, log)
    done = turn.run(["deploy.yml"], variables, options, check, lambda: release_of(document))
    seconds = time.monotonic() - since
    if not done:
        typer.echo(
            f"\n{application} was not deployed to {environment} ({seconds:.0f} s). "
            "What ran before still runs.\n"
            "Correct the cause and run the same command again: it goes on where it stopped.\n"
            f"Everything that was said: {log}",
            err=True,
        )
        raise typer.Exit(3)
    said = "checked" if check else "deployed"
    typer.echo(f"\n{application} {said} in {environment} in {seconds:.0f} s. Log: {log}")


def _with_a_reason(force: str | None, place: Any) -> None:
    """Raise `InputError` for a ``--force`` that does not say why."""
    from celeriac.description.problems import InputError, Problem

    if force is not None and not force.strip():
        remedy = 'Say why for those who read the log: --force "why".'
        raise InputError(place.folder, [Problem("--force", "no reason is given", remedy)])


def _known(hosts: list[str], place: Any) -> list[str]:
    """Return the hosts; raise `InputError` where the inventory has one of them not."""
    from celeriac.description.inventory import read
    from celeriac.description.problems import InputError, Problem

    there = read(place.name, place.inventories).hosts
    problems = [
        Problem(f"--without {host}", "no such host", f"There are: {', '.join(sorted(there))}.")
        for host in hosts
        if host not in there
    ]
    if problems:
        raise InputError(place.folder, problems)
    return hosts


def prepare(file: Path, place: Any) -> dict[str, Any]:
    """Check all inputs, and return the derived document with everything a playbook needs.

    Raises `celeriac.description.problems.InputError`; no host was asked anything yet.
    """
    from celeriac.derive.document import build
    from celeriac.description.together import load_both
    from celeriac.environments import STATE
    from celeriac.release import inputs, steps

    description, inventory = load_both(file, place.name, place.inventories)
    document: dict[str, Any] = build(description, inventory)["celeriac"]
    ready(place, document)
    code = description.code
    source = file.resolve().parent / code.source
    inputs.complete(document, file, source, code.include, code.exclude, STATE / "cache")
    steps.place_all(document, inventory.groups)
    return document


def release_of(document: dict[str, Any]) -> str | None:
    """Return the release that was made of the document's inputs, if its archive came here."""
    from celeriac.environments import STATE
    from celeriac.release import inputs

    return inputs.release(document, STATE / "cache")


def ready(place: Any, document: dict[str, Any]) -> None:
    """Raise `InputError` unless secrets and host keys are there; the lab gets its secrets made."""
    from celeriac.description.problems import InputError, Problem

    application, wanted = document["application"], document["secrets"]
    if place.name == "lab":
        place.vault.complete(application, wanted)
    missing = place.vault.missing(application, wanted)
    problems = [
        Problem(
            str(place.vault.path),
            f"the secret {name} is missing",
            f"Run `make secrets ENV={place.name}`.",
        )
        for name in missing
    ]
    problems += [
        Problem(
            str(place.vault.path),
            f"the secret {name} is missing, and an external service has it",
            "Put it below celeriac_secrets with `ansible-vault edit`.",
        )
        for name in place.vault.absent(document["secrets_given"])
    ]
    if not place.known_hosts.exists():
        remedy = "Collect the hosts' SSH keys there over a way you trust; docs/guide.md tells how."
        problems.append(
            Problem(str(place.known_hosts), "not there, so no host can be recognised", remedy)
        )
    if problems:
        raise InputError(place.folder, problems)
