"""``celeriac releases``: what is kept on the hosts, what runs, and what is still finishing."""

from __future__ import annotations

import json
from typing import Any

import typer

from celeriac.cli import options
from celeriac.cli.exits import FAILED


def releases(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    as_json: options.Json = False,
) -> None:
    """Show the releases on the hosts: built and deployed when and by whom, which runs where.

    Exit codes: 0 shown, 2 mistakes in the input, 3 a host does not answer: what the others say is shown.
    """
    from celeriac.cli.known import known
    from celeriac.fleet.loading import matching
    from celeriac.release import history
    from celeriac.release.kept import kept

    at = known(file, environment, inventories)
    chosen = matching(at.inventory, hosts, at.serving)
    asked = {at.host, at.build, *chosen}
    seen = at.heard(*asked)
    if at.host not in seen:
        typer.echo(
            f"Which of them is in force is written on {at.host}, so it is not known.", err=True
        )
    entries = history.read((seen[at.host].audit or "") if at.host in seen else "")
    serving = {host: seen[host] for host in chosen if host in seen}
    found = kept(at.application, serving, at.records(seen), entries)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    elif not found and seen:
        typer.echo(f"No release of {at.application} is on the hosts of {environment}.")
    else:
        typer.echo(_table(found, len(chosen)))
    if len(seen) < len(asked):
        raise typer.Exit(FAILED)


def _table(found: list[dict[str, Any]], count: int) -> str:
    from celeriac.fleet.text import table

    rows = [
        (
            "*" if one["current"] else " ",
            one["release"],
            _short(one["revision"]),
            (one["built"] or "")[:19],
            one["built_by"],
            (one["deployed"] or "")[:19],
            f"{len(one['hosts'])} of {count}",
            " ".join(one["running"]),
            " ".join(one["finishing"]),
        )
        for one in found
    ]
    heads = ("", "RELEASE", "REVISION", "BUILT (UTC)", "BY", "DEPLOYED", "HOSTS", "RUNS ON")
    return "\n".join(table((*heads, "FINISHES ON"), rows))


def _short(revision: str | None) -> str | None:
    """Return ten digits of a commit, with what says that there were edits."""
    if revision is None:
        return None
    commit, plus, edits = revision.partition("+")
    return f"{commit[:10]}{plus}{edits}"
