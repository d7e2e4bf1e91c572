"""``celeriac doctor``: is this machine, and is this environment, ready to deploy?"""

from __future__ import annotations

import json
from pathlib import Path

import typer

from celeriac.cli import options
from celeriac.cli.exits import NEGATIVE


def doctor(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Check this machine, the environment's files and, over SSH, each of its hosts or those of --hosts.

    Changes nothing anywhere. Exit codes: 0 ready, perhaps with warnings; 1 something failed; 2
    there is no such environment, or no such host.
    """
    from celeriac.description import inventory
    from celeriac.doctor import report
    from celeriac.doctor.examination import examine
    from celeriac.doctor.finding import document, worst

    inventory.find(environment, inventories)
    findings = examine(environment, file, Path(inventories), hosts)
    if as_json:
        typer.echo(json.dumps(document(environment, findings), indent=2))
    else:
        for line in report.lines(findings):
            typer.echo(line)
    if worst(findings) == "failed":
        raise typer.Exit(NEGATIVE)
