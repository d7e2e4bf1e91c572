"""``celeriac certificates``: what the services show to prove who they are, and its renewal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli import options
from celeriac.cli.asking import confirm
from celeriac.cli.exits import NEGATIVE
from celeriac.cli.options import voice_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from celeriac.cli.turn import Turn

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
    environment: options.Environment = "lab",
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Show each host's and service's certificate: days left, issuer and names.

    Exit codes: 0 all is well, 1 one has fewer than 30 days left, 2 mistakes in the input, 3 a host
    failed (the others are shown).
    """
    import tempfile

    from celeriac.cli import playbook
    from celeriac.cli.shown import show as print_found
    from celeriac.description.inventory import read
    from celeriac.fleet.loading import matching
    from celeriac.fleet.text import table

    place = _place(environment, inventories)
    log = place.log_file("certificates")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        inventory = read(environment, inventories)
        among = matching(inventory, hosts, list(inventory.hosts))
        variables = {"certificates_report": str(report), "certificates_hosts": among}
        code = playbook.run(place, "certificates_show.yml", log, variables)
        found = json.loads(report.read_text()) if report.exists() else {}
    rows = [(host, held) for host, certificates in sorted(found.items()) for held in certificates]
    cells = [
        (host, one["service"], one["days"], one["ends"], one["issuer"], " ".join(one["names"]))
        for host, one in rows
    ]
    print_found(
        [{"host": host, **held} for host, held in rows],
        table(
            ("HOST", "SERVICE", "DAYS LEFT", "ENDS", "ISSUED BY", "FOR"),
            cells,
            ("DAYS LEFT",),
            ("FOR", "ENDS"),
        ),
        as_json,
    )
    if code:
        raise typer.Exit(code)
    if any(held["days"] < DUE for _, held in rows):
        typer.echo(f"Fewer than {DUE} days are left: deploy, and they are renewed.", err=True)
        raise typer.Exit(NEGATIVE)


@commands.command()
def rotate(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    authority: Authority = False,
    yes: options.Yes = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Give every service a new key and certificate, host by host, without stopping one.

    With --authority first a new authority is made and trusted by every host; the old one is
    dropped last. A rotation that was interrupted goes on with the same command. Each phase has the
    lock of the description's application, and a line in its audit. Exit codes: 0 done, 1 refused,
    2 mistakes in the input, 3 a host failed, 130 Ctrl-C.
    """
    from celeriac import typed
    from celeriac.cli.known import known
    from celeriac.cli.turn import Turn

    voice = voice_of(verbose, quiet)
    place = _place(environment, inventories)
    at = known(file, environment, inventories)
    if authority:
        confirm(
            f"Replacing the authority of {environment} gives every service a new certificate; what "
            "trusts the old authority and is no host of the inventory must be told.",
            yes,
        )
    log = place.log_file("certificates")
    turn = Turn(place, at.application, "certificates", at.host, log, voice, file)
    if authority:
        _replace_authority(turn)
    else:
        _run(turn, "every service gets a new certificate", "issue", certificates_renew=True)
    there = typed.options(place)
    typer.echo(f"\nDone. `celeriac certificates show {there}` lists them. Log: {log}")


def _replace_authority(turn: Turn) -> None:
    """Go through the phases; the vault says which were finished (see `celeriac.rotation`)."""
    from celeriac import authority, rotation

    vault = turn.place.vault

    def begin() -> None:
        held = vault.environment_secrets()
        if rotation.NEXT[1] not in held:
            new = authority.generate(turn.place.name)
            vault.replace_environment_secrets(rotation.begun(held, new))

    if rotation.PREVIOUS not in vault.environment_secrets():
        _run(
            turn,
            "1 of 3: every host trusts the new authority beside the old one",
            "trust",
            begin,
            certificates_previous=True,
        )
        vault.replace_environment_secrets(rotation.promoted(vault.environment_secrets()))
    _run(turn, "2 of 3: every service gets a certificate of the new authority", "issue")
    _run(turn, "3 of 3: the old authority is forgotten", "trust", certificates_previous=False)
    vault.replace_environment_secrets(rotation.finished(vault.environment_secrets()))


def _run(
    turn: Turn, phase: str, what: str, first: Callable[[], None] = lambda: None, **variables: bool
) -> None:
    """Run a playbook with the lock; ``first`` is called when nobody else has it."""
    from celeriac.release import control

    typer.echo(f"\n== {phase[:1].upper()}{phase[1:]}")
    message = control.literal(phase)
    entry = {"release": None, "result": "done", "where": None, "message": message}
    if code := turn.around([f"certificates_{what}.yml"], variables, [], entry, first):
        typer.echo(
            "\nNot finished; every service still shows a certificate that all hosts trust.\n"
            "Correct the cause and run the same command again: it goes on where it stopped.\n"
            f"Everything that was said: {turn.log}",
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
