"""``celeriac restart``: restart processes of the release that runs, one after the other."""

from __future__ import annotations

from typing import Annotated

import typer

from celeriac.cli import completion, options, steered
from celeriac.cli.options import voice_of
from celeriac.cli.shown import opened

What = Annotated[
    str,
    typer.Argument(
        metavar="POOL|web|beat|relay",
        help="What is restarted.",
        autocompletion=completion.processes,
    ),
]


def restart(
    what: What,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Restart a pool's workers, web, beat or relay: one unit at a time, each ready before the next.

    A worker finishes what it has before it starts anew. Exit codes: 0 done, 1 refused (nothing was
    touched), 2 mistakes in the input, 3 a host failed or did not answer.
    """
    from celeriac.steering import standing, target

    voice = voice_of(verbose, quiet)
    fleet, chosen = opened(environment, file, inventories, hosts)
    process = target.process(fleet, what)
    chosen = [host for host in chosen if _runs(fleet.processes(host), process)]
    if not chosen:
        steered.refuse(f"no host of {hosts} runs {what}.")
    survey, units = steered.seen(fleet, chosen)
    units = [unit for unit in units if unit.process == process]
    if held := [unit for unit in units if unit.state in ("paused", "drained")]:
        steered.refuse(
            f"{what} is {held[0].state} on {held[0].host} ({held[0].note}). "
            f"`celeriac resume {what} {fleet.typed}` starts it."
        )
    try:
        placed = standing.by_host(fleet, survey, units)
    except standing.Refused as error:
        steered.refuse(error)
    if len(chosen) == 1 and process == "web":
        typer.echo("One web host: while its server starts, nginx answers 502 in its place.")
    steering = {
        "restart": True,
        "hosts": {host: {**here, "absent": []} for host, here in placed.items()},
        "web": process == "web",
    }
    where = f" on {', '.join(chosen)}" if hosts else ""
    more = steered.of_web(fleet, "restart", file, list(placed)) if process == "web" else {}
    log = steered.carry_out(
        fleet, "restart", f"{what}{where}", ["restart.yml"], steering, more, voice
    )
    typer.echo(f"\n{what} was restarted on {', '.join(placed)}. Log: {log}")


def _runs(processes: list[dict[str, object]], process: str) -> bool:
    return any(each["name"] == process for each in processes)
