"""``celeriac balance``: take a web host out of the balance for a reboot, and put it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli import completion
from celeriac.cli.options import (
    FILE,
    INVENTORIES,
    Environment,
    File,
    Inventories,
    Quiet,
    Verbose,
    reported,
    voice_of,
)

if TYPE_CHECKING:
    from celeriac.cli.playbook import Voice
    from celeriac.description.inventory import Inventory

commands = typer.Typer(
    name="balance",
    help="Take a web host out of the balance for a reboot, and put it back.",
    no_args_is_help=True,
    add_completion=False,
)
Host = Annotated[
    str,
    typer.Argument(
        help="The web host, as the inventory names it.", autocompletion=completion.web_hosts
    ),
]
# What the playbook reads of the derived document, which is too long for a command line.
_READ = ("application", "edge")


@commands.command()
def out(
    host: Host,
    environment: Environment = "lab",
    file: File = FILE,
    inventories: Inventories = INVENTORIES,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Send no new request to a web host, of any application, and wait for those it has.

    Refused where an application has no other host that is well. Exit codes: 0 it is out, 2 mistakes
    in the input, 3 it is in the balance as before.
    """
    _move(host, "out", environment, file, inventories, voice_of(verbose, quiet))
    typer.echo(
        f"{host} gets no requests. When it is up again: celeriac balance in {host} -e {environment}"
    )


@commands.command("in")
def back(
    host: Host,
    environment: Environment = "lab",
    file: File = FILE,
    inventories: Inventories = INVENTORIES,
    verbose: Verbose = 0,
    quiet: Quiet = False,
) -> None:
    """Send requests to a web host again, and wait until it is found well.

    Exit codes: 0 it gets requests, 2 mistakes in the input, 3 it is not found well.
    """
    _move(host, "in", environment, file, inventories, voice_of(verbose, quiet))
    typer.echo(f"{host} gets requests again.")


def _move(
    host: str, where: str, environment: str, file: Path, inventories: Path, voice: Voice
) -> None:
    from celeriac.cli import playbook
    from celeriac.derive.document import build
    from celeriac.description.together import load_both
    from celeriac.environments import Environment as Place
    from celeriac.release import hooks

    with reported():
        hooks.check(file)
        description, inventory = load_both(file, environment, inventories)
        place = Place(environment, inventories)
        document = build(description, inventory)["celeriac"]
        log = place.log_file("balance")
        own = hooks.of(file, document, [host], log).variables()
        _check(host, inventory, own["celeriac_hooks"]["names"])
    variables = {
        **own,
        "celeriac": {key: document[key] for key in _READ},
        "celeriac_balance_host": host,
        "celeriac_balance": where,
    }
    if code := playbook.run(place, "web_balance.yml", log, variables, voice):
        typer.echo(f"Everything that was said: {log}", err=True)
        raise typer.Exit(code)


def _check(host: str, inventory: Inventory, named: list[str]) -> None:
    """Raise `InputError` for what is no web host, and where nothing of ours sends it requests."""
    from celeriac.description import edge
    from celeriac.description.problems import InputError, Problem, near_miss
    from celeriac.release.hooks import FOLDER

    web = inventory.groups.get("web", [])
    if host not in web:
        problem = Problem(host, "no host of the group 'web'", near_miss(host, web))
        raise InputError(inventory.file, [problem])
    if not edge.hosts(inventory) and not named:
        remedy = (
            f"Add the group 'edge', or {FOLDER}/web-out for a balancer of your own: docs/edge.md."
        )
        raise InputError(inventory.file, [Problem(host, "nothing to take it out of", remedy)])
