"""``celeriac drain``: workers finish what they have, and stay stopped until the next deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from celeriac.cli import completion, options, steered
from celeriac.cli.asking import confirm
from celeriac.cli.exits import CTRL_C, FAILED, NEGATIVE
from celeriac.cli.options import voice_of
from celeriac.cli.shown import opened, say_silent

if TYPE_CHECKING:
    from collections.abc import Callable

    from celeriac.fleet.loading import Fleet
    from celeriac.steering.draining import State

What = Annotated[
    str,
    typer.Argument(
        metavar="HOST|POOL",
        help="A host's pools, or a pool.",
        autocompletion=completion.pools_and_hosts,
    ),
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Tell the workers, and end.")]


def drain(
    what: What,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    message: options.Message = "",
    no_wait: NoWait = False,
    yes: options.Yes = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Let workers finish what they have and stay stopped, until `resume` or the host's next deploy.

    Waits until they are done, at most as long as systemd lets them. A reboot does not start them.
    Exit codes: 0 all are done (with --no-wait: told), 1 refused, or some still run; 2 mistakes in
    the input; 3 a host failed or did not answer.
    """
    from celeriac.release import control
    from celeriac.steering import draining, standing, target

    voice = voice_of(verbose, quiet)
    fleet, chosen = opened(environment, file, inventories, hosts)
    workers = fleet.inventory.groups.get("workers", [])
    among = [host for host in chosen if host in workers] if hosts else None
    placed, pools = target.pools(fleet, what, among)
    placed = [host for host in placed if draining.runs(fleet, host, pools)] or placed
    stopped = f"{', '.join(pools)} of {fleet.application} on {', '.join(placed)}"
    confirm(f"Draining {what} in {environment} stops {stopped}.", yes)
    survey, units = steered.seen(fleet, placed)
    files = standing.marks(fleet.application, "drained", pools)
    content = control.literal(standing.note(message))
    steering = {
        "hosts": {
            host: {**here, "files": [{"path": path, "content": content} for path in files]}
            for host, here in standing.stops(fleet, survey, placed, pools, units).items()
        }
    }
    said = steered.because(f"{', '.join(pools)} on {', '.join(placed)}", message)
    log = steered.carry_out(fleet, "drain", said, ["pause.yml"], steering, voice=voice)
    typer.echo("")
    if no_wait:
        typer.echo(
            f"{what} was told. `celeriac status {fleet.typed}` shows what is not done yet. Log: {log}"
        )
        return
    limit = draining.limit(fleet, placed, pools)
    try:
        end = _wait(fleet, lambda: draining.look(fleet, placed, pools), limit)
    except KeyboardInterrupt:
        typer.echo(
            f"\nThey go on finishing by themselves; `celeriac status {fleet.typed}` shows them.",
            err=True,
        )
        raise typer.Exit(CTRL_C) from None
    say_silent(end.silent)
    if end.silent:
        raise typer.Exit(FAILED)
    if end.started or end.busy:
        why = "were started again meanwhile" if end.started else f"still run after {limit} s"
        typer.echo(f"{', '.join([*end.started, *end.busy])} {why}.", err=True)
        raise typer.Exit(NEGATIVE)
    typer.echo(
        f"{what} is drained. `celeriac resume {what} {fleet.typed}` or the next deploy starts it again. "
        f"Log: {log}"
    )


def _wait(fleet: Fleet, look: Callable[[], State], limit: int | None) -> State:
    """Wait until nothing is busy, say what changes, and return how it ended."""
    import time

    since, last = time.monotonic(), None
    while True:
        state = look()
        away = [f"{host} did not answer: {reason}" for host, reason in state.silent.items()]
        if (lines := [*state.busy.values(), *away]) != last:
            for line in lines:
                typer.echo(f"  {line} ({time.monotonic() - since:.0f} s)")
            last = lines
        late = limit is not None and time.monotonic() - since > limit
        if state.started or late or not (state.busy or state.silent):
            return state
        time.sleep(1)
