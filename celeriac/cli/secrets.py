"""``celeriac secrets``: the passwords and keys of an environment, in its vault."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from celeriac.cli import options
from celeriac.cli.exits import NEGATIVE
from celeriac.cli.secrets_edit import edit
from celeriac.cli.secrets_rotate import rotate

if TYPE_CHECKING:
    from celeriac.vault import Vault

commands = typer.Typer(
    name="secrets",
    help="Generate, list, edit and rotate the secrets in an environment's vault.",
    add_completion=False,
)


@commands.callback(invoke_without_command=True)
def secrets(
    context: typer.Context,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Generate, list, edit and rotate the secrets in an environment's vault. Alone, it is `init`."""
    if context.invoked_subcommand is None:
        init(environment, file, inventories)
    elif given := [word for name, word in _OPTIONS.items() if _typed(context, name)]:
        command = context.invoked_subcommand
        raise typer.BadParameter(f"{', '.join(given)}: write it after `{command}`.")


@commands.command()
def init(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Generate the missing secrets of the application and its environment; keep the others.

    Secrets are printed nowhere. Commit the vault file; keep its password elsewhere.
    """
    from celeriac import typed
    from celeriac.environments import Environment as Place

    vault, application, wanted, given = _wanted(environment, file, inventories)
    new = vault.complete(application, wanted)
    absent = vault.absent(given)
    for name in new:
        typer.echo(f"generated {name}")
    typer.echo(f"{vault.path}: {'nothing was missing' if not new else f'{len(new)} generated'}.")
    for name in absent:
        typer.echo(
            f"{name} is missing: an external service has it. Put it below celeriac_secrets with "
            f"`celeriac secrets edit {typed.options(Place(environment, inventories))}`."
        )
    typer.echo(
        f"Its password is in {vault.password_file}: keep a copy in a safe place, and never commit it."
    )


@commands.command("list")
def list_(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    as_json: options.Json = False,
) -> None:
    """Show the names of the secrets, never a value: which are missing, and when they were rotated.

    Exit codes: 0 all are there, 1 one is missing, 2 mistakes in the input. No host is asked.
    """
    from celeriac import vault_content
    from celeriac.cli.shown import show
    from celeriac.fleet.text import plain, table

    vault, application, wanted, given = _wanted(environment, file, inventories)
    found = vault_content.listed(vault.read(), application, wanted, given)
    rows = [
        (one["of"], one["name"], one["state"], one["user"], plain(one["rotated"])) for one in found
    ]
    show(found, table(("OF", "NAME", "STATE", "USER", "ROTATED (UTC)"), rows), as_json)
    if any(one["state"] == "missing" for one in found):
        raise typer.Exit(NEGATIVE)


commands.command()(edit)
commands.command()(rotate)

_OPTIONS = {"environment": "--environment", "file": "--file", "inventories": "--inventories"}


def _typed(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _wanted(
    environment: str, file: Path, inventories: Path
) -> tuple[Vault, str, list[str], list[str]]:
    """Return the vault, the application, the names to generate and the paths a person puts there."""
    from celeriac.derive.document import build
    from celeriac.description.together import load_both
    from celeriac.environments import Environment as Place

    description, inventory = load_both(file, environment, inventories)
    document = build(description, inventory)["celeriac"]
    vault = Place(environment, inventories).vault
    return vault, description.application, document["secrets"], document["secrets_given"]
