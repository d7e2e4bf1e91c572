"""``celeriac provision``: hosts and services, and no release."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli import completion, options
from celeriac.cli.options import voice_of

if TYPE_CHECKING:
    from celeriac.description.inventory import Inventory

Roles = Annotated[
    str | None,
    typer.Option(
        "--roles",
        metavar="ROLE,…",
        help=f"Only these: {', '.join(completion.ROLES)}. `base` goes first in any case.",
        autocompletion=completion.roles,
    ),
]


def provision(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    roles: Roles = None,
    check: options.Check = False,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Make the hosts ready: users, packages, broker, database, cache, edge. Nothing is released.

    Takes the lock and writes the audit as a deploy does. Exit codes: 0 done, 1 refused (somebody
    else has the lock), 2 mistakes in the input (nothing was touched), 3 a host failed, 130 Ctrl-C.
    """
    from celeriac.cli.known import known
    from celeriac.cli.prepared import ready
    from celeriac.cli.turn import Turn

    since, voice = time.monotonic(), voice_of(verbose, quiet)
    tags = _roles(roles)
    at = known(file, environment, inventories)
    limit = _hosts(at.inventory, hosts, tags)
    ready(at.place, at.document, file)
    log = at.place.log_file(f"provision-{at.application}")
    turn = Turn(at.place, at.application, "provision", at.host, log, voice, file)
    given = [
        *(["--limit", ",".join(limit)] if hosts else []),
        *(["--tags", ",".join(tags)] if tags else []),
        *(["--check", "--diff"] if check else []),
    ]
    variables = {"celeriac": at.document}
    if check:
        code = turn.run(["provision.yml"], variables, given, check=True)
    else:
        code = turn.around(["provision.yml"], variables, given, _entry(file, hosts, roles))
    seconds = time.monotonic() - since
    if code:
        typer.echo(
            f"\n{environment} is not provisioned wholly ({seconds:.0f} s). Correct the cause and run "
            f"the same command again: it goes on.\nEverything that was said: {log}",
            err=True,
        )
        raise typer.Exit(code)
    said = "checked" if check else "provisioned"
    typer.echo(f"\n{environment} {said} for {at.application} in {seconds:.0f} s. Log: {log}")


def _roles(wanted: str | None) -> list[str]:
    """Return the roles; raise `InputError` for one that is none of provisioning's."""
    from celeriac.description.problems import InputError, Problem, near_miss

    if wanted is None:
        return []
    named = [role.strip() for role in wanted.split(",") if role.strip()]
    problems = [
        Problem(f"--roles {role}", "no role of provisioning", near_miss(role, completion.ROLES))
        for role in named
        if role not in completion.ROLES
    ]
    if not named:
        problems = [
            Problem("--roles", "none is named", f"There are: {', '.join(completion.ROLES)}.")
        ]
    if problems:
        raise InputError(None, problems)
    return named


def _hosts(inventory: Inventory, pattern: str | None, roles: list[str]) -> list[str]:
    """Return the hosts that are meant. Raises `InputError` for a part of the broker's nodes.

    They are one cluster: a node is set up, started and looked at with the others.
    """
    from celeriac.description.problems import InputError, Problem
    from celeriac.fleet.loading import matching

    chosen = matching(inventory, pattern, list(inventory.hosts))
    brokers = inventory.groups.get("broker", [])
    missing = [host for host in brokers if host not in chosen]
    broker_runs = not roles or "rabbitmq" in roles
    if broker_runs and missing and len(missing) < len(brokers):
        what = f"a part of the broker's nodes: {', '.join(missing)} is not of it"
        remedy = "Name all of them (broker) or none, or leave the broker out with --roles."
        raise InputError(None, [Problem(f"--hosts {pattern}", what, remedy)])
    return chosen


def _entry(file: Path, hosts: str | None, roles: str | None) -> dict[str, Any]:
    """Return the line for the audit; its description tells a rollback whether services fit."""
    from celeriac.release import control

    parts = {"only": hosts, "roles": roles}
    message = "; ".join(f"{name} {value}" for name, value in parts.items() if value)
    return {
        "release": None,
        "result": "done",
        "where": None,
        "message": control.literal(message),
        "description": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
