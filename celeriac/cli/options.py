"""Options that several commands share, and how they report mistakes in the input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from celeriac.description.inventory import INVENTORIES
from celeriac.description.problems import InputError

# Exit code for mistakes in what a person wrote.
PROBLEMS = 2

File = Annotated[
    Path, typer.Option("--file", "-f", help="The application's description.", metavar="FILE")
]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="The inventory's name.", metavar="ENV")
]
Inventories = Annotated[
    Path, typer.Option("--inventories", help="The folder of the inventories.", metavar="DIR")
]
Hosts = Annotated[
    str | None,
    typer.Option(
        "--hosts",
        "--host",
        help="Only these: names, groups or patterns (web*), with commas.",
        metavar="PATTERN",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: docs/commands.md.")]
FILE = Path("celeriac.yml")
__all__ = [
    "FILE",
    "INVENTORIES",
    "PROBLEMS",
    "Environment",
    "File",
    "Hosts",
    "Inventories",
    "Json",
    "reported",
]


@contextmanager
def reported() -> Iterator[None]:
    """Print every problem of an `InputError`, one a line, and exit with code 2."""
    try:
        yield
    except InputError as error:
        count = len(error.problems)
        for problem in error.problems:
            typer.echo(problem, err=True)
        typer.echo(f"{error.file}: {count} problem{'s' if count > 1 else ''}.", err=True)
        raise typer.Exit(PROBLEMS) from None
