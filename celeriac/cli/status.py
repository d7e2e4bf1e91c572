"""``celeriac status``: what runs where, and whether all of it does."""

from __future__ import annotations

import typer

from celeriac.cli import options
from celeriac.cli.exits import DONE, FAILED, NEGATIVE
from celeriac.cli.shown import opened, say_silent, show


def status(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Show hosts, processes and releases, the edge, the outbox, who leads, and the queues.

    Exit codes: 0 all runs, 1 something that should run does not, 2 mistakes in the input, 3 a
    host or the broker did not answer (the others are shown).
    """
    from celeriac.fleet import status as standing
    from celeriac.fleet.survey import survey

    fleet, chosen = opened(environment, file, inventories, hosts, edges=True)
    found = survey(fleet, chosen, ("queues", "cluster"))
    seen = standing.view(fleet, found)
    show(seen, standing.lines(seen), as_json)
    say_silent(found.silent)
    answered = all(host["answered"] for host in seen["hosts"])
    if not answered or (seen["error"] and fleet.brokers):
        raise typer.Exit(FAILED)
    raise typer.Exit(NEGATIVE if seen["problems"] else DONE)
