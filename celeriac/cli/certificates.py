"""``celeriac certificates``: what the services show to prove who they are, and its renewal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli.exits import NEGATIVE
from celeriac.cli.options import (
    INVENTORIES,
    Environment,
    Inventories,
    Json,
    Quiet,
    Verbose,
    voice_of,
)

if TYPE_CHECKING:
    from celeriac.cli.playbook import Voice

commands = typer.Typer(
    name="certificates",
    help="Look at the certificates of the services, and renew them.",
    no_args_is_help=True,
    add_completion=False,
)
Authority = Annotated[
    bool, typer.Option("--authority", help="Replace the environment's authority too.")
]
# A deploy renews what has fewer days left than this.
DUE = 30


@commands.command()
def show(
    environment: Environment = "lab",
    inventories: Inventories = INVENTORIES,
    as_json: Json = False,
) -> None:
    """Show each host's and service's certificate: days left, issuer and names.

    Exit codes: 0 all is well, 1 one has fewer than 30 days left, 2 mistakes in the input, 3 a host
    failed (the others are shown).
    """
    import tempfile

    from celeriac.cli import playbook
    from celeriac.cli.shown import show as print_found
    from celeriac.fleet.text import table

    place = _place(environment, inventories)
    log = place.log_file("certificates")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        variables = {"certificates_report": str(report)}
        code = playbook.run(place, "certificates_show.yml", log, variables)
        found = json.loads(report.read_text()) if report.exists() else {}
    rows = [(host, held) for host, certificates in sorted(found.items()) for held in certificates]
    cells = [
        (host, one["service"], one["days"], one["ends"], one["issuer"], " ".join(one["names"]))
        for host, one in rows
    ]
    print_found(
        [{"host": host, **held} for host, held in rows],
        table(("HOST", "SERVICE", "DAYS LEFT", "ENDS", "ISSUED BY", "FOR"), cells, ("DAYS LEFT",)),
        as_json,
    )
    if code:
        raise typer.Exit(code)
    if any(held["days"] < DUE for _, held in rows):
        typer.echo(f"Fewer than {DUE} days are left: deploy, and they are renewed.", err=True)
        raise typer.Exit(NEGATIVE)


@commands.command()
def rotate(
    environment: Environment = "lab",
    inventories: Inventories = INVENTORIES,
    authority: Authority = False,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Give every service a new key and certificate, host by host, without stopping one.

    With --authority first a new authority is made and trusted by every host; the old one is
    dropped last. A rotation that was interrupted goes on with the same command. Exit codes: 0 done,
    2 mistakes in the input, 3 a host failed, 130 Ctrl-C.
    """
    from celeriac.typed import options

    voice = voice_of(verbose, quiet)
    place = _place(environment, inventories)
    if authority:
        _replace_authority(place, voice)
    else:
        _run(place, "Give every service a new certificate", "issue", voice, certificates_renew=True)
    typer.echo(f"\nDone. `celeriac certificates show {options(place)}` lists them.")


def _replace_authority(place: Any, voice: Voice) -> None:
    """Go through the phases; the vault says which were finished (see `celeriac.rotation`)."""
    from celeriac import authority, rotation

    held = place.vault.environment_secrets()
    if rotation.PREVIOUS not in held:
        if rotation.NEXT[1] not in held:
            held = rotation.begun(held, authority.generate(place.name))
            place.vault.replace_environment_secrets(held)
        _run(
            place,
            "1 of 3: every host trusts the new authority beside the old one",
            "trust",
            voice,
            certificates_previous=True,
        )
        held = rotation.promoted(held)
        place.vault.replace_environment_secrets(held)
    _run(place, "2 of 3: every service gets a certificate of the new authority", "issue", voice)
    _run(
        place, "3 of 3: the old authority is forgotten", "trust", voice, certificates_previous=False
    )
    place.vault.replace_environment_secrets(rotation.finished(held))


def _run(place: Any, phase: str, what: str, voice: Voice, **variables: bool) -> None:
    from celeriac.cli import playbook

    typer.echo(f"\n== {phase}")
    log = place.log_file("certificates")
    if code := playbook.run(place, f"certificates_{what}.yml", log, variables, voice):
        typer.echo(
            "\nNot finished; every service still shows a certificate that all hosts trust.\n"
            "Correct the cause and run the same command again: it goes on where it stopped.\n"
            f"Everything that was said: {log}",
            err=True,
        )
        raise typer.Exit(code)


def _place(environment: str, inventories: Path) -> Any:
    """Return the environment. Raises `InputError` if it is not one, or has no authority yet."""
    from celeriac.description import hosts
    from celeriac.description.inventory import read
    from celeriac.description.problems import InputError, Problem
    from celeriac.environments import Environment as Place
    from celeriac.vault import AUTHORITY

    inventory = read(environment, inventories)
    place = Place(environment, inventories)
    problems = hosts.check(inventory)
    held = place.vault.environment_secrets()
    if not all(held.get(name) for name in AUTHORITY):
        what = "no authority in it yet, so there are no certificates"
        problems.append(Problem(str(place.vault.path), what, f"Deploy to {environment} first."))
    if problems:
        raise InputError(inventory.file, problems)
    return place
