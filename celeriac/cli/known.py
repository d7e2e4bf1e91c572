"""What commands about releases know before they ask a host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from celeriac.cli.exits import FAILED
from celeriac.description.inventory import Inventory
from celeriac.environments import Environment
from celeriac.release import hosts
from celeriac.release.hosts import Seen
from celeriac.release.records import cached


@dataclass(frozen=True)
class Known:
    """An application in an environment. ``host`` is that of its steps: lock and audit are there."""

    place: Environment
    inventory: Inventory
    document: dict[str, Any]
    host: str

    @property
    def application(self) -> str:
        return str(self.document["application"])

    @property
    def build(self) -> str:
        """The build host, which keeps the records."""
        return self.inventory.groups["build"][0]

    @property
    def serving(self) -> list[str]:
        """The hosts that have something of the application to run."""
        return list(self.document["hosts"])

    def ask(self, *hosts_to_ask: str) -> dict[str, Seen]:
        """Return what the hosts say; exit with 3 where one does not answer."""
        seen = self.heard(*hosts_to_ask)
        if len(seen) < len(set(hosts_to_ask)):
            raise typer.Exit(FAILED)
        return seen

    def heard(self, *hosts_to_ask: str) -> dict[str, Seen]:
        """Return what those hosts say that answer, and tell on standard error which do not."""
        seen = hosts.ask(self.place, hosts_to_ask, self.application)
        silent = {host: found.error for host, found in seen.items() if found.error}
        for host, error in silent.items():
            typer.echo(f"{host} does not answer: {error}", err=True)
        if silent:
            typer.echo("Check that it runs, and its address and user in hosts.yml.", err=True)
        return {host: found for host, found in seen.items() if host not in silent}

    def records(self, seen: Mapping[str, Seen]) -> dict[str, str]:
        """Return the records on the build host, and those that this control host has fetched.

        A build host that was made anew has none of the older releases, and it may be left out.
        """
        from celeriac.environments import STATE

        here = cached(STATE / "cache" / "releases" / self.application)
        return {**here, **(seen[self.build].records if self.build in seen else {})}


def known(file: Path, environment: str, inventories: Path) -> Known:
    """Return it. Raises `InputError` for mistakes in the input, and for one that runs nothing."""
    from celeriac.derive.document import build
    from celeriac.description.problems import InputError, Problem
    from celeriac.description.together import load_both
    from celeriac.fleet.loading import recognisable

    description, inventory = load_both(file, environment, inventories)
    place = Environment(environment, inventories)
    recognisable(place)
    document: dict[str, Any] = build(description, inventory)["celeriac"]
    process = document["steps_process"]
    if process is None or process["host"] is None:
        what = "no process in it, so nothing is deployed and nothing locked"
        raise InputError(file, [Problem("pools", what, "Describe web, beat or a pool.")])
    return Known(place, inventory, document, process["host"])
