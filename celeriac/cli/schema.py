"""``celeriac schema``: print the JSON Schema of celeriac.yml for editors."""

from __future__ import annotations

import typer


def schema() -> None:
    """Print the JSON Schema of celeriac.yml; an editor uses it to explain and complete keys."""
    from celeriac.description.schema import text

    typer.echo(text(), nl=False)
