"""``celeriac derive``: print everything that follows from description and inventory."""

from __future__ import annotations

import json

import typer

from celeriac.cli import options


def derive(
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
) -> None:
    """Print the derived document as JSON. It holds no secret."""
    from celeriac.derive.document import build
    from celeriac.description.together import load_both

    description, inventory = load_both(file, environment, inventories)
    typer.echo(json.dumps(build(description, inventory), indent=2))
