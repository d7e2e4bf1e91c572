"""``celeriac audit``: who deployed what, when, and how it ended."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from celeriac.cli import options

Count = Annotated[int, typer.Option("-n", min=1, help="How many of the last lines.")]


def audit(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    count: Count = 20,
    as_json: options.Json = False,
) -> None:
    """Show the last deploys, rollbacks and whatever else changed the fleet, oldest first.

    Exit codes: 0 shown, 2 mistakes in the input, 3 the host does not answer.
    """
    from celeriac.cli.known import known
    from celeriac.fleet.text import table
    from celeriac.release import history

    at = known(file, environment, inventories)
    entries = history.read(at.ask(at.host)[at.host].audit or "")[-count:]
    if as_json:
        typer.echo(json.dumps(entries, indent=2))
        return
    if not entries:
        typer.echo(f"Nothing was deployed to {environment} yet.")
        return
    rows = [
        (
            str(entry.get("when", ""))[:19],
            entry.get("what"),
            entry.get("release"),
            entry.get("from"),
            entry.get("result"),
            _seconds(entry.get("seconds")),
            entry.get("who"),
            entry.get("where") or entry.get("message"),
        )
        for entry in entries
    ]
    heads = ("WHEN (UTC)", "WHAT", "RELEASE", "FROM", "RESULT", "TOOK", "WHO", "WHERE, WHY")
    typer.echo("\n".join(table(heads, rows, least=("FROM", "TOOK", "WHO", "RELEASE"))))


def _seconds(value: object) -> str | None:
    return None if value is None else f"{value} s"
