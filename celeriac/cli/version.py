"""``celeriac version``: which kit this is, and what it drives."""

from __future__ import annotations

import json
from typing import Any

import typer

from celeriac.cli import options
from celeriac.places import ROOT


def version(as_json: options.Json = False) -> None:
    """Print the versions of the kit, Python and ansible-core, and the checkout's revision."""
    found = _found()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    revision = f" ({found['revision']})" if found["revision"] else ""
    typer.echo(
        f"celeriac {found['celeriac']}{revision}, Python {found['python']}, "
        f"ansible-core {found['ansible_core']}"
    )


def _found() -> dict[str, Any]:
    import platform
    import tomllib
    from importlib import metadata

    return {
        "celeriac": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "revision": _revision(),
        "python": platform.python_version(),
        "ansible_core": metadata.version("ansible-core"),
    }


def _revision() -> str | None:
    """Return the commit of the checkout, and whether files differ from it; None outside of git."""
    import subprocess

    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
