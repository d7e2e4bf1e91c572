"""``celeriac manage`` and ``celeriac shell``: the application's own commands, with its credentials."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import typer

from celeriac.cli import options, remote
from celeriac.cli.exits import PROBLEMS


def manage(
    context: typer.Context,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Run a management command where the release's steps run: celeriac manage COMMAND ARGUMENT…

    Options of this command stand before COMMAND. Exit codes: the command's own, 2 for mistakes
    in the input, 3 if the host does not answer or runs no release.
    """
    if not context.args:
        typer.echo("Which command? For example: celeriac manage showmigrations", err=True)
        raise typer.Exit(PROBLEMS)
    _run(environment, file, inventories, context.args)


def shell(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Open Django's shell where the release's steps run, for at most 12 hours.

    It works as the owner of the application's database, on real data. Without a terminal it
    reads Python from standard input. Exit codes as of `celeriac manage`.
    """
    _run(environment, file, inventories, ["shell"])


def _run(environment: str, file: Path, inventories: Path, words: list[str]) -> NoReturn:
    """Run a command, on a terminal where there is one here, and exit with its code."""
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    code = remote.manage(environment, file, inventories, words, interactive=interactive)
    raise typer.Exit(code)
