"""``celeriac secrets``: generate what an environment's vault does not hold yet."""

from __future__ import annotations

import typer

from celeriac.cli.options import FILE, INVENTORIES, Environment, File, Inventories, reported


def secrets(
    environment: Environment = "lab", file: File = FILE, inventories: Inventories = INVENTORIES
) -> None:
    """Generate the missing secrets of the application and its environment; keep the others.

    Secrets are printed nowhere. Commit the vault file; keep its password elsewhere.
    """
    from celeriac.derive.secrets import build
    from celeriac.description.together import load_both
    from celeriac.environments import Environment as Place

    with reported():
        description, _ = load_both(file, environment, inventories)
        vault = Place(environment, inventories).vault
        new = vault.complete(description.application, build(description))
    for name in new:
        typer.echo(f"generated {name}")
    typer.echo(f"{vault.path}: {'nothing was missing' if not new else f'{len(new)} generated'}.")
    typer.echo(
        f"Its password is in {vault.password_file}: keep a copy in a safe place, and never commit it."
    )
