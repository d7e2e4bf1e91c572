"""``celeriac queues``: what waits in the broker, and who takes it."""

from __future__ import annotations

import typer

from celeriac.cli import options
from celeriac.cli.exits import FAILED, NEGATIVE
from celeriac.cli.shown import opened, show


def queues(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    as_json: options.Json = False,
) -> None:
    """Show the application's queues: messages, consumers, leader, members; dead letters, delayed.

    Exit codes: 0 done, 1 a queue is missing, 2 mistakes in the input, 3 no node of the broker
    answered.
    """
    from celeriac.fleet import queues as waiting
    from celeriac.fleet.survey import survey

    fleet, _ = opened(environment, file, inventories)
    found = waiting.view(fleet, survey(fleet, [], ("queues",)))
    if found["error"]:
        if as_json:
            show(found, [], as_json)
        typer.echo(f"Nothing is known of the queues: {found['error']}", err=True)
        raise typer.Exit(FAILED)
    show(found, waiting.lines(found), as_json)
    if waiting.missing(found):
        typer.echo("A queue is missing: deploy, and it is declared.", err=True)
        raise typer.Exit(NEGATIVE)
