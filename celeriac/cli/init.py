"""``celeriac init``: first drafts of description and inventory for a project that has neither."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.places import FILE

if TYPE_CHECKING:
    from celeriac.starting.write import Written

Folder = Annotated[Path, typer.Argument(help="The project's folder.", metavar="[PATH]")]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="The environment to begin with.", metavar="ENV")
]


def init(path: Folder = Path(), environment: Environment = "production") -> None:
    """Look at a Django project and write a celeriac.yml and an inventory for it.

    The project's code is read and never run. No file is written over. Exit codes: 0 written,
    2 no Django project with Celery there, its settings or Celery module do not parse, or a file
    is in the way: nothing was written.
    """
    from celeriac.starting.look import look
    from celeriac.starting.notes import notes
    from celeriac.starting.write import refuse_existing, write

    refuse_existing(path, environment)
    found = look(path)
    written = write(found, path, environment)
    queues = ", ".join(found.queues.queues)
    typer.echo(
        f"{found.name.value}: tasks: {len(found.tasks)}; queues: {queues}; "
        f"settings: {found.project.settings.value}; Celery: {found.app.reference.value}.\n"
        f"Wrote {written.description} and {written.hosts}"
        + (
            f"; {written.ignored} keeps the vault's password out of git."
            if written.ignored
            else "."
        )
    )
    for note in notes(found):
        typer.echo(f"note: {note}")
    options = _options(written, environment)
    typer.echo(
        "\nNext:\n"
        f"1. Read {written.description}, and fill in what `celeriac check {options}` names.\n"
        f"2. `celeriac secrets {options}`; put the hosts' SSH keys into {written.known_hosts}.\n"
        f"3. `celeriac doctor {options}` until nothing fails, then `celeriac deploy {options}`."
    )


def _options(written: Written, environment: str) -> str:
    """Return the options that the other commands need in the current folder."""
    words = ["-e", environment]
    if written.description != FILE:
        words += ["-f", str(written.description)]
    return shlex.join([*words, "--inventories", str(written.hosts.parent.parent)])
