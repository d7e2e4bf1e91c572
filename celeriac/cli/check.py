"""``celeriac check``: find every mistake in description and inventory before anything runs."""

from __future__ import annotations

import typer

from celeriac.cli.options import FILE, INVENTORIES, Environment, File, Inventories, reported


def check(
    environment: Environment = "lab", file: File = FILE, inventories: Inventories = INVENTORIES
) -> None:
    """Check the description, the application's files and the inventory together."""
    from celeriac.description.together import load_both
    from celeriac.release import hooks

    with reported():
        _, inventory = load_both(file, environment, inventories)
        hooks.check(file)
    typer.echo(f"{file} and {inventory.file}: no problem found.")
