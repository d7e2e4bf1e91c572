"""``celeriac pause`` and ``celeriac resume``: a pool stops, and its queues keep what comes."""

from __future__ import annotations

from typing import Annotated

import typer

from celeriac.cli import completion, options, steered
from celeriac.cli.asking import confirm
from celeriac.cli.options import voice_of
from celeriac.cli.shown import opened

Pool = Annotated[
    str,
    typer.Argument(
        metavar="POOL",
        help="The pool, as celeriac.yml names it.",
        autocompletion=completion.pools,
    ),
]
Held = Annotated[
    str,
    typer.Argument(
        metavar="POOL|HOST",
        help="A pool, or a host's pools.",
        autocompletion=completion.pools_and_hosts,
    ),
]


def pause(
    pool: Pool,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    message: options.Message = "",
    yes: options.Yes = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Stop a pool until `celeriac resume`: its workers finish what they have, deploys leave it so.

    What waits in its queues stays there. Exit codes: 0 the workers were told, 1 refused, 2
    mistakes in the input, 3 a host failed or did not answer.
    """
    from celeriac.release import control
    from celeriac.steering import standing, target

    voice = voice_of(verbose, quiet)
    fleet, chosen = opened(environment, file, inventories, hosts)
    among = [host for host in chosen if host in fleet.inventory.groups.get("workers", [])]
    placed, pools = target.pools(fleet, pool, among)
    where = f" on {', '.join(placed)}" if hosts else ""
    confirm(f"Pausing {pools[0]} of {fleet.application} in {environment} stops it{where}.", yes)
    survey, units = steered.seen(fleet, placed)
    files = standing.marks(fleet.application, "paused", pools)
    content = control.literal(standing.note(message))
    steering = {
        "hosts": {
            host: {**here, "files": [{"path": path, "content": content} for path in files]}
            for host, here in standing.stops(fleet, survey, placed, pools, units).items()
        }
    }
    said = steered.because(f"{pools[0]}{where}", message)
    log = steered.carry_out(fleet, "pause", said, ["pause.yml"], steering, voice=voice)
    typer.echo(
        f"\n{pools[0]} is paused{where}: workers finish what they have, queues keep what comes, and "
        f"deploys leave it so.\n`celeriac status {fleet.typed}` shows it; "
        f"`celeriac resume {pools[0]} {fleet.typed}` ends it. Log: {log}"
    )


def resume(
    what: Held,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Start what was paused or drained, and wait until it is ready: a pool, or a host's pools.

    A worker that still finishes what it had starts again when that is done. Exit codes: 0 done, 1
    refused (nothing was touched), 2 mistakes in the input, 3 a host failed or did not answer.
    """
    from celeriac.derive import names
    from celeriac.steering import standing, target

    voice = voice_of(verbose, quiet)
    fleet, chosen = opened(environment, file, inventories, hosts)
    workers = fleet.inventory.groups.get("workers", [])
    among = [host for host in chosen if host in workers] if hosts else None
    placed, pools = target.pools(fleet, what, among)
    survey, units = steered.seen(fleet, placed)
    processes = {names.pool_process(pool) for pool in pools}
    expected = {(host, each["unit"]) for host in placed for each in fleet.processes(host)}
    wanted = [
        unit for unit in units if unit.process in processes and (unit.host, unit.unit) in expected
    ]
    try:
        starting = standing.by_host(fleet, survey, wanted)
    except standing.Refused as error:
        steered.refuse(error)
    absent = [
        path
        for state in ("paused", "drained")
        for path in standing.marks(fleet.application, state, pools)
    ]
    nothing = {"release": "none", "units": []}
    steering = {
        "restart": False,
        "hosts": {host: {**starting.get(host, nothing), "absent": absent} for host in placed},
        "web": False,
    }
    where = f" on {', '.join(placed)}" if hosts else ""
    log = steered.carry_out(
        fleet, "resume", f"{what}{where}", ["restart.yml"], steering, voice=voice
    )
    typer.echo(f"\n{what} runs again{where}. Log: {log}")
