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
    from celeriac.description import external
    from celeriac.description.together import load_both
    from celeriac.environments import Environment as Place

    with reported():
        description, inventory = load_both(file, environment, inventories)
        vault, application = Place(environment, inventories).vault, description.application
        wanted = external.to_generate(inventory, application, build(description))
        new = vault.complete(application, wanted)
        absent = vault.absent(external.given_secrets(inventory, application))
    for name in new:
        typer.echo(f"generated {name}")
    typer.echo(f"{vault.path}: {'nothing was missing' if not new else f'{len(new)} generated'}.")
    for name in absent:
        typer.echo(
            f"{name} is missing: an external service has it. Put it below celeriac_secrets with "
            "`ansible-vault edit`."
        )
    typer.echo(
        f"Its password is in {vault.password_file}: keep a copy in a safe place, and never commit it."
    )
