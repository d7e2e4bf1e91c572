"""``celeriac lock``: keep others from deploying, and see who does."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from celeriac.cli import options
from celeriac.cli.asking import confirm
from celeriac.cli.exits import REFUSED

commands = typer.Typer(
    name="lock",
    help="See who deploys, and keep others from it: the lock of an application in an environment.",
    no_args_is_help=True,
    add_completion=False,
)
Message = Annotated[str, typer.Option("--message", "-m", help="Why nobody should deploy now.")]
BY_HAND = "by hand"


@commands.command()
def show(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    as_json: options.Json = False,
) -> None:
    """Say who has the lock, for what and for how long. In `--json`, `lock` is null if nobody has.

    Exit codes: 0 said, 2 mistakes in the input, 3 the host does not answer.
    """
    at = _known(environment, file, inventories)
    lock = _held(at)
    if as_json:
        typer.echo(json.dumps({"host": at.host, "lock": lock.shown() if lock else None}, indent=2))
    elif lock is None:
        typer.echo(f"Nobody has the lock of {at.application} in {environment}.")
    else:
        gone = " That process is gone; its next deploy takes the lock over."
        typer.echo(f"{lock.sentence()}.{gone if lock.left_behind else ''}")


@commands.command()
def take(
    message: Message,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    yes: options.YesToo = False,
) -> None:
    """Take the lock until `celeriac lock release`: deploys and rollbacks are refused, yours too.

    Exit codes: 0 taken, 1 somebody has it, 2 mistakes in the input, 3 the host failed.
    """
    from celeriac import typed
    from celeriac.release import control

    at = _known(environment, file, inventories)
    lock, there = _held(at), typed.options(at.place, file)
    if lock is not None:
        typer.echo(
            f"Refused: {lock.sentence()} has the lock. `celeriac lock release {there}` ends that.",
            err=True,
        )
        raise typer.Exit(REFUSED)
    mark = control.mark(BY_HAND, message, by_hand=True)
    _change(at, mark, ["take", "note"], "lock", message, there)
    typer.echo(
        f"{at.application} in {environment} is locked. `celeriac lock release {there}` ends that."
    )


@commands.command()
def release(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    yes: options.Yes = False,
) -> None:
    """Give the lock back, whoever took it. Look first: `celeriac lock show`.

    Exit codes: 0 released, or nobody had it; 1 its process still runs on this machine; 2 mistakes
    in the input; 3 the host failed.
    """
    from celeriac import typed
    from celeriac.release import control

    at = _known(environment, file, inventories)
    lock = _held(at)
    if lock is None:
        typer.echo(f"Nobody has the lock of {at.application} in {environment}.")
        return
    if lock.runs_here:
        typer.echo(f"Refused: {lock.sentence()} still runs here. Stop it first.", err=True)
        raise typer.Exit(REFUSED)
    if not lock.left_behind:
        confirm(f"{lock.sentence()} has the lock, and others may deploy when it is released.", yes)
    mark = {**control.mark(BY_HAND, by_hand=True), "token": lock.token}
    _change(
        at,
        mark,
        ["note", "give back"],
        "unlock",
        f"that of {lock.sentence()}",
        typed.options(at.place, file),
    )
    typer.echo(f"Released: the lock of {lock.sentence()}.")


def _known(environment: str, file: Any, inventories: Any) -> Any:
    from celeriac.cli.known import known

    return known(file, environment, inventories)


def _held(at: Any) -> Any:
    from celeriac.release.lock import Lock

    return Lock.read(at.ask(at.host)[at.host].lock)


def _change(
    at: Any, mark: dict[str, Any], actions: list[str], what: str, message: str, there: str
) -> None:
    """Run the playbook that takes or gives back and writes it down; exit with 3 or 130 if that fails."""
    from celeriac.cli import playbook
    from celeriac.release import control

    entry = {"what": what, "message": control.literal(message), "result": "done", "where": None}
    run = {
        **control.literals(mark),
        "application": at.application,
        "hosts": [at.host],
        "actions": actions,
        "entry": {**entry, "release": None},
    }
    log = at.place.log_file(f"lock-{at.application}")
    if code := playbook.run(at.place, "lock.yml", log, {"celeriac_run": run}):
        typer.echo(
            f"`celeriac lock show {there}` says how it stands. Everything that was said: {log}",
            err=True,
        )
        raise typer.Exit(code)
