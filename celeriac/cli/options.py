"""Options that several commands share, and how they report mistakes in the input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from celeriac.cli import completion
from celeriac.cli.exits import PROBLEMS
from celeriac.places import FILE as FILE
from celeriac.places import INVENTORIES as INVENTORIES

if TYPE_CHECKING:
    from celeriac.cli.playbook import Voice

File = Annotated[
    Path, typer.Option("--file", "-f", help="The application's description.", metavar="FILE")
]
Environment = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        help="The inventory's name.",
        metavar="ENV",
        autocompletion=completion.environments,
    ),
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
        autocompletion=completion.patterns,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="For programs: docs/commands.md.")]
Check = Annotated[bool, typer.Option("--check", help="Say what would change, change nothing.")]
Message = Annotated[str, typer.Option("--message", "-m", help="Why, for those who come after.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without a question.")]
# Where nothing is asked: scripts may give it to whatever changes something.
YesToo = Annotated[
    bool, typer.Option("--yes", "-y", help="As of commands that ask; this one does not.")
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose", "-v", count=True, help="Show what changes in files; -vvv Ansible's own words."
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Show a line for each phase, and failures.")
]


@contextmanager
def reported() -> Iterator[None]:
    """Print every problem of an `InputError`, one a line, and exit with code 2."""
    from celeriac.description.problems import InputError

    try:
        yield
    except InputError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        for file, count in error.files.items():
            typer.echo(f"{file}: {count} problem{'s' if count > 1 else ''}.", err=True)
        raise typer.Exit(PROBLEMS) from None


class Reporting(TyperGroup):
    """All commands: mistakes in the input that any of them finds are `reported`."""

    def invoke(self, ctx: Any) -> Any:
        with reported():
            return super().invoke(ctx)


def voice_of(verbose: int, quiet: bool) -> Voice:
    """Return how much a playbook says; exit with 2 where both are wanted."""
    from celeriac.cli.playbook import Voice

    if verbose and quiet:
        raise typer.BadParameter("--quiet and --verbose contradict each other.")
    return Voice(verbose, quiet)
