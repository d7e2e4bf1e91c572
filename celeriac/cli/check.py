"""``celeriac check``: find every mistake in description and inventory before anything runs."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from celeriac.cli import options
from celeriac.cli.exits import PROBLEMS


def check(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    as_json: options.Json = False,
) -> None:
    """Check the description, the application's files and the inventory together.

    Exit codes: 0 no problem, 2 there are some: one a line on standard error, with --json on
    standard output.
    """
    from celeriac.description.problems import InputError
    from celeriac.description.together import load_both
    from celeriac.release import hooks

    try:
        _, inventory = load_both(file, environment, inventories)
        hooks.check(file)
    except InputError as error:
        if not as_json:
            raise
        typer.echo(json.dumps([asdict(problem) for problem in error.problems], indent=2))
        raise typer.Exit(PROBLEMS) from None
    typer.echo("[]" if as_json else f"{file} and {inventory.file}: no problem found.")
