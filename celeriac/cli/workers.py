"""``celeriac workers``: each worker of each pool, and what it holds."""

from __future__ import annotations

import typer

from celeriac.cli import options
from celeriac.cli.exits import DONE, FAILED, NEGATIVE
from celeriac.cli.shown import opened, say_silent, show


def workers(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Show each pool's workers: host, release, process, children, memory, tasks it holds.

    Exit codes: 0 all run, 1 one does not, 2 mistakes in the input, 3 a host or the broker did
    not answer (the others are shown).
    """
    from celeriac.fleet import workers as working
    from celeriac.fleet.survey import survey

    fleet, chosen = opened(environment, file, inventories, hosts)
    found = survey(fleet, chosen, ("channels",), processes=True)
    rows = working.view(fleet, found)
    show(rows, working.lines(rows), as_json)
    say_silent({**found.silent, **(found.refusals if found.broker is None else {})})
    if found.silent or (found.broker is None and found.refusals):
        raise typer.Exit(FAILED)
    raise typer.Exit(DONE if working.all_run(rows) else NEGATIVE)
