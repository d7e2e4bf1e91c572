"""Runs an application's management command on the host of its steps, as they run.

There it has the application's code, the credentials of the process `operations`, and the network
that the services accept. Nothing secret stands in a command line or passes this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from celeriac.cli import options
from celeriac.cli.asking import confirm
from celeriac.cli.exits import FAILED

if TYPE_CHECKING:
    from celeriac.environments import Environment as Place

# Seconds after which a command is ended; somebody may sit before an interactive one all day.
TIMEOUT, TIMEOUT_INTERACTIVE = 3600, 12 * 3600
# They belong to the command that runs on the host, and so do their help and their mistakes.
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
# From the first word on, all of them belong to it.
ITS_OWN = {**PASSED_ON, "allow_interspersed_args": False}


def group(name: str, help_text: str, management: str, actions: dict[str, str]) -> typer.Typer:
    """Return `celeriac <name> <action>…`, each action that of a management command."""
    commands = typer.Typer(name=name, help=help_text, no_args_is_help=True, add_completion=False)
    for action, explanation in actions.items():
        _add(commands, management, action, explanation)
    return commands


def _add(commands: typer.Typer, management: str, action: str, explanation: str) -> None:
    @commands.command(action, help=explanation, context_settings=PASSED_ON)
    def run(
        context: typer.Context,
        environment: options.Environment = "lab",
        file: options.File = options.FILE,
        inventories: options.Inventories = options.INVENTORIES,
    ) -> None:
        words = [management, action, *context.args]
        raise typer.Exit(manage(environment, file, inventories, words, ours=True))


def add_drop(commands: typer.Typer, management: str, explanation: str) -> None:
    """Add the action that destroys messages: it asks, and hands the answer on."""

    @commands.command("drop", help=explanation, context_settings=PASSED_ON)
    def run(
        context: typer.Context,
        environment: options.Environment = "lab",
        file: options.File = options.FILE,
        inventories: options.Inventories = options.INVENTORIES,
        yes: options.Yes = False,
    ) -> None:
        which = " ".join(context.args)
        confirm(f"Dropping {which} in {environment}: these tasks never run.", yes)
        # The command on the host wants it said where all are meant.
        given = ["--yes"] if "--all" in context.args else []
        words = [management, "drop", *context.args, *given]
        raise typer.Exit(manage(environment, file, inventories, words, ours=True))


def manage(
    environment: str,
    file: Path,
    inventories: Path,
    words: Sequence[str],
    *,
    ours: bool = False,
    interactive: bool = False,
) -> int:
    """Run `manage.py words…` and return its exit code; its output goes to this terminal.

    ``ours`` is a command of the kit, which integrated applications alone have; ``interactive``
    gives it a terminal. Exits with 2 for mistakes in the input, and with 3 where the host does
    not answer or has nothing deployed.
    """
    import subprocess

    from celeriac import ssh
    from celeriac.environments import Environment as Place

    place = Place(environment, inventories)
    document = _document(file, place, ours)
    host = document["steps_process"]["host"]
    release = _release(place, host, document)
    unit = _transient_unit(document, release, interactive)
    command = [*unit, *document["build"]["manage"], *words]
    reach = ssh.as_root(place, host, command, interactive=interactive)
    done = subprocess.run(reach, check=False)
    if done.returncode == ssh.NOT_REACHED:
        _give_up(f"{host} did not answer, or the connection to it was lost.")
    return done.returncode


def _document(file: Path, place: Place, ours: bool) -> dict[str, Any]:
    """Return the derived document of an application that has such commands."""
    from celeriac.description.problems import InputError, Problem
    from celeriac.fleet import loading

    fleet = loading.load(place.name, file, place.inventories)
    if ours and not fleet.description.integrated:
        what = f"{fleet.application} is hosted: it has no outbox and no dead letters of ours"
        remedy = "Look at its own queues, or make it `level: integrated`."
        raise InputError(file, [Problem("level", what, remedy)])
    # Of a hosted application without steps, no host has the credentials for a command.
    if not fleet.description.integrated and not fleet.document["steps"]:
        what = f"{fleet.application} is hosted and has no step, so no host can run its commands"
        raise InputError(
            file, [Problem("steps", what, "Add one, migrate for example, and deploy.")]
        )
    return fleet.document


def _release(place: Place, host: str, document: dict[str, Any]) -> str:
    """Return the newest release that runs on the host."""
    import subprocess

    from celeriac import ssh

    units = [
        f"{process['unit']}@*.service"
        for process in document["hosts"][host]["processes"]
        if process["kind"] != "step"
    ]
    listing = ["systemctl", "list-units", "--state=active", "--plain", "--no-legend", *units]
    done = subprocess.run(
        ssh.as_root(place, host, listing),
        check=False,
        # ssh reads what is typed or piped in, which is for the command that comes after.
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        _give_up(f"{host} does not answer: {done.stderr.strip() or 'no reason given'}")
    names = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
    if not names:
        application = document["application"]
        _give_up(
            f"No release of {application} runs on {host}. Deploy it to {place.name} first; "
            f"if it was, `systemctl list-units '*-{application}*'` there says what has failed."
        )
    return max(name.partition("@")[2].removesuffix(".service") for name in names)


def _transient_unit(document: dict[str, Any], release: str, interactive: bool) -> list[str]:
    """Return what stands before the command, as for a step of the release."""
    import secrets

    from celeriac.release import steps

    timeout = TIMEOUT_INTERACTIVE if interactive else TIMEOUT
    properties = [*steps.properties(document, release), f"RuntimeMaxSec={timeout}"]
    return [
        "systemd-run",
        f"--unit=operator-{document['application']}-{secrets.token_hex(4)}",
        *("--wait", "--pty" if interactive else "--pipe", "--collect", "--quiet"),
        "--service-type=exec",
        "--expand-environment=no",
        *(f"--property={line}" for line in properties),
        "--",
        *steps.launcher(document, release),
    ]


def _give_up(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(FAILED)
