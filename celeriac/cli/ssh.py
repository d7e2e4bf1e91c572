"""``celeriac ssh``: a shell on a host, reached as a deploy reaches it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from celeriac.cli import completion, options

Host = Annotated[
    str,
    typer.Argument(
        metavar="HOST", help="A host of the inventory.", autocompletion=completion.hosts
    ),
]


def ssh(
    host: Host,
    environment: options.Environment = "lab",
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Open a shell on a host, as the user and with the key and host key of the inventory.

    The exit code is ssh's; 2 for mistakes in the input.
    """
    from celeriac import ssh as reach
    from celeriac.description.inventory import read
    from celeriac.description.problems import InputError, Problem, near_miss
    from celeriac.environments import Environment as Place
    from celeriac.fleet.loading import recognisable

    place = Place(environment, inventories)
    inventory = read(environment, inventories)
    if host not in inventory.hosts:
        remedy = near_miss(host, inventory.hosts)
        raise InputError(None, [Problem(host, "no such host", remedy)])
    recognisable(place)
    words = reach.words(place, host, interactive=True)
    os.execvp(words[0], words)  # noqa: S606 (its terminal and its signals are ours)
