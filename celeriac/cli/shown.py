"""What the commands that look at a fleet share: how they begin, and how they show what they found."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from celeriac.fleet.loading import Fleet


def opened(
    environment: str,
    file: Path,
    inventories: Path,
    pattern: str | None = None,
    *,
    edges: bool = False,
) -> tuple[Fleet, list[str]]:
    """Return the fleet and those of its application's hosts that are meant; exit with 2 for mistakes.

    With ``edges`` the hosts before the web hosts are among them.
    """
    from celeriac.fleet import loading

    fleet = loading.load(environment, file, inventories)
    among = [*fleet.hosts, *(host for host in fleet.edges if edges and host not in fleet.hosts)]
    return fleet, loading.matching(fleet.inventory, pattern, among)


def show(data: Any, lines: Iterable[str], as_json: bool) -> None:
    """Print what was found, for programs or for people."""
    if as_json:
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(lines))


def say_silent(reasons: Mapping[str, str]) -> None:
    """Say on standard error which hosts did not answer, and why."""
    for host, reason in reasons.items():
        typer.echo(f"{host} did not answer: {reason}", err=True)
