"""``celeriac rollback``: go back to a release that is still on the hosts."""

from __future__ import annotations

import time
from typing import Annotated, Any, NoReturn

import typer

from celeriac.cli import completion, options
from celeriac.cli.deploy import Without, all_but, hosts_without
from celeriac.cli.exits import REFUSED
from celeriac.cli.options import voice_of

Release = Annotated[
    str | None,
    typer.Argument(
        help="Its name; without one, that before the current.",
        show_default=False,
        autocompletion=completion.releases,
    ),
]


def rollback(
    release: Release = None,
    without: Without = None,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Go back to a release that is on the hosts: beat, relays and web first, then the workers.

    Nothing is built or shipped, and no step runs: migrations are not reversed. Exit codes: 0 done,
    1 refused (nothing was touched), 2 mistakes in the input, 3 a host failed, 130 Ctrl-C.
    """
    from celeriac.cli.known import known
    from celeriac.cli.turn import Turn
    from celeriac.release import going_back, history

    since, voice = time.monotonic(), voice_of(verbose, quiet)
    at = known(file, environment, inventories)
    left_out = _left_out(without, at)
    asked = [host for host in (at.host, at.build, *at.serving) if host not in left_out]
    seen = at.ask(*asked)
    records = at.records(seen)
    entries = history.read(seen[at.host].audit or "")
    running = {name for host in seen for name in seen[host].running(at.application)}
    target = release or history.before(entries, going_back.unfinished(running, entries))
    if target is None:
        _refuse("The audit has no release before the current one.", at, file)
    log = at.place.log_file(f"rollback-{at.application}")
    turn = Turn(at.place, at.application, "rollback", at.host, log, voice, file)
    try:
        document = going_back.document(at.inventory, target, records)
        serving = [host for host in document["hosts"] if host not in left_out]
        seen |= at.ask(*(host for host in serving if host not in seen))
        going_back.check_hosts(target, serving, seen)
    except going_back.Refused as error:
        turn.refused(str(error), target)
        _refuse(str(error), at, file)
    _ready(at.place, document, file)
    provisioned = going_back.provisioned(at.inventory, entries, records, document)
    typer.echo(
        f"Going back from {history.current(entries) or 'what runs'} to {target}.\n"
        "What migrations did to the database stays; docs/releases.md tells how to live with that."
    )
    playbooks = ["take.yml", *([] if provisioned else ["provision.yml"]), "rollback.yml"]
    variables = {"celeriac": document, **_hooks(file, document, log)}
    if code := turn.run(playbooks, variables, all_but(left_out), release=lambda: target):
        typer.echo(
            f"\n{at.application} did not go back wholly ({time.monotonic() - since:.0f} s): hosts run "
            "either release, each whole.\nCorrect the cause and run "
            f"`celeriac rollback {target} {turn.typed}`: it goes on where it stopped.\n"
            f"Everything that was said: {log}",
            err=True,
        )
        raise typer.Exit(code)
    seconds = time.monotonic() - since
    typer.echo(f"\n{at.application} runs {target} in {environment}, {seconds:.0f} s. Log: {log}")
    if left_out:
        typer.echo(
            f"Left out: {', '.join(left_out)}. When it is back, what ran there starts again and is not {target}. "
            f"Then: celeriac rollback {target} {turn.typed}"
        )


def _left_out(without: list[str] | None, at: Any) -> list[str]:
    """Return the hosts of ``--without``; raise `InputError` where nothing goes without one of them."""
    from celeriac.description.problems import InputError, Problem

    left_out = hosts_without(without, at.place)
    if at.host in left_out:
        remedy = "Give its groups to another host in hosts.yml; docs/releases.md says what to take along."
        what = "lock and audit are there, and without them nobody knows what to go back to"
        raise InputError(None, [Problem(f"--without {at.host}", what, remedy)])
    return left_out


def _hooks(file: Any, document: dict[str, Any], log: Any) -> dict[str, Any]:
    from celeriac.release import hooks

    return hooks.of(file, document, document["hosts"], log).variables()


def _ready(place: Any, document: dict[str, Any], file: Any) -> None:
    from celeriac.cli.prepared import ready

    ready(place, document, file)


def _refuse(why: str, at: Any, file: Any) -> NoReturn:
    from celeriac import typed

    typer.echo(
        f"Refused: {why} Nothing was touched. `celeriac releases {typed.options(at.place, file)}` lists "
        f"what {at.application} has.",
        err=True,
    )
    raise typer.Exit(REFUSED)
