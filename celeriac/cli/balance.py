"""``celeriac balance``: take a web host out of the balance for a reboot, and put it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli import completion, options, steered
from celeriac.cli.options import voice_of

if TYPE_CHECKING:
    from pathlib import Path

    from celeriac.cli.playbook import Voice
    from celeriac.description.inventory import Inventory
    from celeriac.fleet.loading import Fleet

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


@commands.command()
def out(
    host: Host,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Send no new request to a web host, of any application, and wait for those it has.

    Where an application has no other host that is well, it is refused. Exit codes: 0 it is out, 1 refused
    (it is in the balance as before), 2 mistakes in the input, 3 a host failed.
    """
    fleet, log = _move(host, "out", environment, file, inventories, voice_of(verbose, quiet))
    typer.echo(
        f"\n{host} gets no requests. When it is up again: celeriac balance in {host} {fleet.typed}\n"
        f"Log: {log}"
    )


@commands.command("in")
def back(
    host: Host,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Send requests to a web host again, and wait until it is found well.

    Exit codes: 0 it gets requests, 1 refused, 2 mistakes in the input, 3 it is not found well, or a
    host failed.
    """
    _, log = _move(host, "in", environment, file, inventories, voice_of(verbose, quiet))
    typer.echo(f"\n{host} gets requests again. Log: {log}")


def _move(
    host: str, to: str, environment: str, file: Path, inventories: Path, voice: Voice
) -> tuple[Fleet, Path]:
    from celeriac.fleet import loading
    from celeriac.release import hooks

    hooks.check(file)
    fleet = loading.load(environment, file, inventories)
    more = steered.of_web(fleet, "balance", file, [host])
    _check(host, fleet.inventory, more["celeriac_hooks"]["names"])
    steering = {"host": host, "to": to}
    log = steered.carry_out(
        fleet, "balance", f"{to} {host}", ["web_balance.yml"], steering, more, voice
    )
    return fleet, log


def _check(host: str, inventory: Inventory, named: list[str]) -> None:
    """Raise `InputError` for what is no web host, and where nothing of ours sends it requests."""
    from celeriac.description import edge
    from celeriac.description.problems import InputError, Problem, near_miss
    from celeriac.release.hooks import FOLDER

    web = inventory.groups.get("web", [])
    if host not in web:
        problem = Problem(host, "no host of the group 'web'", near_miss(host, web))
        raise InputError(None, [problem])
    if not edge.hosts(inventory) and not named:
        remedy = (
            f"Add the group 'edge', or {FOLDER}/web-out for a balancer of your own: docs/edge.md."
        )
        raise InputError(inventory.file, [Problem(host, "nothing to take it out of", remedy)])
