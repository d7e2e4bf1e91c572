"""What `celeriac plan` and `celeriac drift` share: a run in check mode, and what is said of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli.exits import FAILED

if TYPE_CHECKING:
    from celeriac.environments import Environment
    from celeriac.steering.check_run import CheckRun

Diff = Annotated[bool, typer.Option("--diff", help="Show each file's changes, too.")]


def check(
    place: Environment, document: dict[str, Any], name: str, variables: dict[str, Any], file: Path
) -> tuple[CheckRun, Path]:
    """Run a deploy of the document in check mode; what it said is in the file returned.

    ``file`` is the description, as it was typed.

    At Ctrl-C, SIGTERM and SIGHUP the playbooks are ended as those of a deploy are.
    """
    from celeriac import typed
    from celeriac.release import control
    from celeriac.steering import check_run

    application = document["application"]
    log = place.log_file(f"{name}-{application}")
    host = (document["steps_process"] or {}).get("host")

    def say(line: str) -> None:
        if sys.stderr.isatty():
            typer.echo(f"{line} …", err=True)

    try:
        found = check_run.run(
            place,
            application,
            ["deploy.yml"],
            {
                "celeriac": document,
                "celeriac_typed": control.literal(typed.options(place, file)),
                **variables,
            },
            host,
            log,
            say,
        )
    except check_run.Interrupted as told:
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(told.code) from None
    return found, log


def say_problems(found: CheckRun, log: Path) -> None:
    """Say why a part was not looked at, and exit with 3 if there is such a part."""
    from celeriac.steering import plan_text

    for line in plan_text.problems(found):
        typer.echo(line, err=True)
    if found.failures or not found.done:
        typer.echo(f"Everything that was said: {log}", err=True)
        raise typer.Exit(FAILED)
