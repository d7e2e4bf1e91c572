"""The question before something is stopped or destroyed."""

from __future__ import annotations

import sys

import typer

from celeriac.cli.exits import REFUSED


def confirm(what: str, yes: bool) -> None:
    """Ask whether ``what``, a sentence, is to be done; exit with 1 unless somebody says so.

    ``yes`` is the answer given with ``--yes``. Without a terminal there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo(
            f"Refused: {what} Nobody can be asked here: add --yes. Nothing was touched.", err=True
        )
        raise typer.Exit(REFUSED)
    if not typer.confirm(f"{what} Go on?", err=True):
        typer.echo("Nothing was touched.", err=True)
        raise typer.Exit(REFUSED)
