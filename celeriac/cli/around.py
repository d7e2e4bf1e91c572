"""What goes around a deploy: its hooks, the release to go on with, and what its end says."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NoReturn

import typer

from celeriac.cli.exits import FAILED, REFUSED
from celeriac.cli.turn import Turn
from celeriac.release import history, hosts, resume
from celeriac.release.hooks import Hooks
from celeriac.release.hooks import Refused as SaidNo


def ask(hooks: Hooks, name: str, turn: Turn | None = None, **facts: str | None) -> None:
    """Run a hook that may say no; then exit with 1. With ``turn`` the audit has it."""
    try:
        hooks.run(name, **facts)
    except SaidNo as error:
        if turn is not None:
            turn.refused(str(error), facts.get("RELEASE"))
        _refuse(f"{error} No host was touched. To go without: --skip-hooks.")


def tell(hooks: Hooks, name: str, **facts: str | None) -> None:
    """Run a hook that is only told; what becomes of it changes nothing."""
    try:
        hooks.run(name, **facts)
    except SaidNo as error:
        typer.echo(f"{error} The deploy's own result stays.", err=True)


def check_resumed(
    turn: Turn, document: dict[str, Any], build: str, left_out: Collection[str] = ()
) -> str:
    """Return the release to go on with. Exits with 1 unless it is that of the inputs of now.

    ``build`` is the build host, which has the records; the archive that was fetched will do as well.
    A host that does not answer and is not ``left_out`` ends it with 3.
    """
    application = turn.application
    names = dict.fromkeys([*([turn.host] if turn.host else []), build, *document["hosts"]])
    seen = hosts.ask(turn.place, [name for name in names if name not in left_out], application)
    if silent := {host: found.error for host, found in seen.items() if found.error}:
        for host, error in silent.items():
            typer.echo(f"{host} does not answer: {error}", err=True)
        raise typer.Exit(FAILED)
    entries = history.read((seen[turn.host].audit if turn.host else None) or "")
    serving = {host: seen[host] for host in document["hosts"] if host in seen}
    fetched = document["build"]["known"]
    records = {
        *(seen[build].records if build in seen else ()),
        *([fetched["release"]] if fetched else ()),
    }
    try:
        release = resume.cut_off(entries, serving, application)
        resume.check_inputs(release, document["build"]["digest"], records)
    except resume.Refused as error:
        _refuse(f"Refused: {error} Nothing was touched.")
    return release


def well(turn: Turn, document: dict[str, Any], check: bool, seconds: float) -> None:
    """Say that it is done, and what a canary leaves to do."""
    said = "checked" if check else "deployed"
    where = f"{turn.place.name} in {seconds:.0f} s"
    typer.echo(f"\n{turn.application} {said} in {where}. Log: {turn.log}")
    if document["only"] and not check:
        typer.echo(
            f"Only {', '.join(document['only'])} runs it: the fleet is mixed, and the release before stays in force.\n"
            + _ways(turn)
        )


def badly(turn: Turn, document: dict[str, Any], release: str | None, seconds: float) -> None:
    """Say what is where, how to go on and how to go back."""
    typer.echo(
        f"\n{turn.application} was not deployed to {turn.place.name} ({seconds:.0f} s).", err=True
    )
    if release is None:
        what = "The release was not built, so what ran before still runs. Correct the cause and deploy again."
        typer.echo(what, err=True)
    else:
        typer.echo("\n".join(["", *_standing(turn, document, release), ""]), err=True)
        typer.echo(f"Correct the cause. {_ways(turn)}", err=True)
    typer.echo(f"Everything that was said: {turn.log}", err=True)


def _standing(turn: Turn, document: dict[str, Any], release: str) -> list[str]:
    from celeriac.fleet.text import table

    seen = hosts.ask(turn.place, document["hosts"], turn.application)
    header = ("HOST", "RUNS", "STILL FINISHES", "SHIPPED ONLY")
    return table(header, resume.standing(release, seen, turn.application))


def _ways(turn: Turn) -> str:
    return (
        f"To go on with it: celeriac deploy {turn.typed} --resume. "
        f"To go back: celeriac rollback {turn.typed}"
    )


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(REFUSED)
