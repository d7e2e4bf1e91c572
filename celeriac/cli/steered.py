"""What the commands share that change a running fleet without a new release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from celeriac.cli.exits import FAILED, REFUSED
from celeriac.cli.shown import say_silent

if TYPE_CHECKING:
    from pathlib import Path

    from celeriac.cli.playbook import Voice
    from celeriac.fleet.loading import Fleet
    from celeriac.fleet.survey import Survey
    from celeriac.fleet.units import Unit


def seen(fleet: Fleet, hosts: Sequence[str]) -> tuple[Survey, list[Unit]]:
    """Return what the hosts say of their units; exit with 3 where one does not answer."""
    from celeriac.fleet import units
    from celeriac.fleet.survey import survey

    found = survey(fleet, hosts)
    if found.silent:
        say_silent(found.silent)
        typer.echo("Nothing was touched. Leave such a host out with --hosts.", err=True)
        raise typer.Exit(FAILED)
    return found, units.of_fleet(fleet, found.answers)


def carry_out(
    fleet: Fleet,
    what: str,
    message: str,
    playbooks: Sequence[str],
    steering: Mapping[str, Any],
    more: Mapping[str, Any] | None = None,
    voice: Voice | None = None,
) -> Path:
    """Run playbooks with the lock, and a line in the audit; exit with 1, 3 or 130 where they fail.

    Returns the file with everything that was said.

    ``message`` is what the audit says beside ``what``, ``more`` are variables beside ``steering``.
    """
    from celeriac.cli.playbook import Voice
    from celeriac.cli.turn import Turn
    from celeriac.derive import names
    from celeriac.release import control

    process = fleet.document["steps_process"] or {}
    log = log_file(fleet, what)
    host, voice = process.get("host"), voice or Voice()
    turn = Turn(fleet.place, fleet.application, what, host, log, voice, fleet.file)
    entry = {"release": None, "result": "done", "where": None, "message": control.literal(message)}
    about = {"state": names.state(fleet.application), "entry": entry}
    variables = {**(more or {}), "celeriac_steering": {**steering, **about}}
    if code := turn.run(playbooks, variables):
        typer.echo(
            f"\nIt was not done everywhere; `celeriac status {fleet.typed}` shows what runs. Correct the "
            f"cause and run the same command again.\nEverything that was said: {log}",
            err=True,
        )
        raise typer.Exit(code)
    return log


def log_file(fleet: Fleet, what: str) -> Path:
    """Return the file with everything that a command's playbooks say."""
    return fleet.place.log_file(f"{what}-{fleet.application}")


def of_web(fleet: Fleet, what: str, file: Path, hosts: Sequence[str]) -> dict[str, Any]:
    """Return what a playbook needs to take web hosts out of the balance, beside ``steering``."""
    from celeriac.release import hooks

    log = log_file(fleet, what)
    own = hooks.of(file, fleet.document, hosts, log)
    return {"celeriac": fleet.document, **own.variables()}


def refuse(why: object) -> NoReturn:
    """Say why nothing is done, and exit with 1."""
    typer.echo(f"Refused: {why} Nothing was touched.", err=True)
    raise typer.Exit(REFUSED)


def because(text: str, message: str) -> str:
    return f"{text}: {message}" if message else text
