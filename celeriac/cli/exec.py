"""``celeriac exec``: one command on many hosts."""

from __future__ import annotations

import typer

from celeriac.cli import options
from celeriac.cli.exits import FAILED, PROBLEMS


def execute(
    context: typer.Context,
    environment: options.Environment = "lab",
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
) -> None:
    """Run a command as root on all hosts at once: celeriac exec --hosts 'web*' -- COMMAND…

    Each line of output stands behind its host. There is no shell: for pipes and wildcards,
    COMMAND is sh -c '…'. Nothing limits its time; Ctrl-C closes the connections, and what runs on
    a host may go on. Exit codes: 2 mistakes in the input, 3 a host did not answer, else the
    highest of the hosts' own.
    """
    from celeriac import ssh
    from celeriac.description.inventory import read
    from celeriac.environments import Environment as Place
    from celeriac.fleet import everywhere
    from celeriac.fleet.ask import did_not_answer
    from celeriac.fleet.loading import matching, recognisable

    if not context.args:
        typer.echo("Which command? For example: celeriac exec -- uptime", err=True)
        raise typer.Exit(PROBLEMS)
    place = Place(environment, inventories)
    inventory = read(environment, inventories)
    chosen = matching(inventory, hosts, list(inventory.hosts))
    recognisable(place)
    commands = {host: ssh.as_root(place, host, context.args) for host in chosen}
    width = max(map(len, chosen))

    def say(host: str, line: str, error: bool) -> None:
        typer.echo(f"{host:{width}} | {line}", err=error)

    codes = everywhere.run(commands, say)
    for host, code in codes.items():
        if code:
            ended = "did not answer" if did_not_answer(code) else f"ended with {code}"
            typer.echo(f"{host} {ended}", err=True)
    silent = any(did_not_answer(code) for code in codes.values())
    raise typer.Exit(FAILED if silent else max(codes.values()))
