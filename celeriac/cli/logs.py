"""``celeriac logs``: what the application's processes say, on all hosts."""

from __future__ import annotations

import json
import re
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli import completion, options
from celeriac.cli.exits import DONE, FAILED
from celeriac.cli.shown import opened, say_silent
from celeriac.description.problems import InputError, Problem

if TYPE_CHECKING:
    from celeriac.fleet.loading import Fleet
    from celeriac.fleet.logs import Line

# Lines that are shown where neither --lines nor --since says how many.
LINES, LINES_BEFORE = 100, 10
# The highest priority number of syslog that has the colour: errors, warnings.
_COLOURS = {3: typer.colors.RED, 4: typer.colors.YELLOW}


class Process(StrEnum):
    """The kinds of process that an application has."""

    web = "web"
    beat = "beat"
    relay = "relay"
    workers = "workers"


# -f follows here, as everywhere.
File = Annotated[
    Path, typer.Option("--file", help="The application's description.", metavar="FILE")
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")]
Pool = Annotated[
    list[str] | None,
    typer.Option(
        "--pool",
        help="Only this pool's workers; may be repeated.",
        autocompletion=completion.pools,
    ),
]
Processes = Annotated[
    list[Process] | None, typer.Option("--process", help="Only this kind; may be repeated.")
]
Grep = Annotated[
    str | None, typer.Option("--grep", metavar="RE", help="Only messages with a match.")
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="From then on: 10m, 2h, 3d, or 2026-01-31T12:00 (UTC)."
    ),
]
Lines = Annotated[
    int | None,
    typer.Option(
        "--lines",
        "-n",
        min=0,
        help=f"The last so many; {LINES} by default, with --follow {LINES_BEFORE} a host.",
    ),
]


def logs(
    environment: options.Environment = "lab",
    file: File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    follow: Follow = False,
    pool: Pool = None,
    process: Processes = None,
    hosts: options.Hosts = None,
    grep: Grep = None,
    since: Since = None,
    lines: Lines = None,
    as_json: options.Json = False,
) -> None:
    """Show the journals of the application's processes, merged by time; Ctrl-C ends --follow.

    Exit codes: 0 done, 2 mistakes in the input, 3 a host did not answer (the others are shown),
    130 ended with Ctrl-C.
    """
    from celeriac.fleet import logs as journals

    fleet, chosen = opened(environment, file, inventories, hosts)
    units = _units(fleet, pool, process)
    begin = _since(since)
    _check(grep)
    if lines is None and begin is None:
        lines = LINES_BEFORE if follow else LINES
    question = {"units": units, "grep": grep, "since": begin, "lines": lines, "follow": follow}
    asked = journals.asked(fleet, chosen, question)
    silent: dict[str, str] = {}

    def report(host: str, reason: str) -> None:
        silent[host] = reason
        say_silent({host: reason})

    found = journals.followed(asked, report) if follow else journals.merged(asked, report, lines)
    for line in found:
        _print(line, as_json)
    raise typer.Exit(FAILED if silent else DONE)


def _units(fleet: Fleet, pools: list[str] | None, processes: list[Process] | None) -> str:
    """Return what the names of the units have to match. Raises `InputError`."""
    from celeriac.description.problems import near_miss
    from celeriac.fleet import logs as journals

    every = list(fleet.description.pools)
    for pool in pools or []:
        if pool not in every:
            raise _mistake(f"--pool {pool}", "no such pool", near_miss(pool, every))
    kinds = {kind.value for kind in processes or ([] if pools else Process)}
    if pools:
        kinds.add(Process.workers.value)
    return journals.units(fleet.application, pools or every, sorted(kinds))


def _since(text: str | None) -> float | None:
    """Return the time that is meant, in seconds of the epoch. Raises `InputError`."""
    from celeriac.fleet.logs import moment

    if text is None:
        return None
    try:
        return moment(text, time.time())
    except ValueError:
        remedy = "Write 10m, 2h, 3d, 2026-01-31 or 2026-01-31T12:00."
        raise _mistake(f"--since {text}", "not a time", remedy) from None


def _check(grep: str | None) -> None:
    """Raise `InputError` unless it is a regular expression."""
    try:
        re.compile(grep or "")
    except re.error as error:
        what = f"not a regular expression: {error}"
        raise _mistake(f"--grep {grep}", what, "Correct it.") from None


def _mistake(where: str, what: str, remedy: str) -> InputError:
    return InputError(None, [Problem(where, what, remedy)])


def _print(line: Line, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(line.as_dict(), ensure_ascii=False))
        return
    head = typer.style(line.head, dim=True)
    colour = next((each for level, each in _COLOURS.items() if line.priority <= level), None)
    for text in line.body:
        typer.echo(f"{head} {typer.style(text, fg=colour) if colour else text}")
