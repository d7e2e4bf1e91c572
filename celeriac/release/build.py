"""The commands that make a release's environment, as values."""

from __future__ import annotations

import shlex
from typing import Any


def environment_commands(build: dict[str, Any], uv: str, target: str) -> list[str]:
    """Return shell-quoted commands, to run in order in the folder ``target``.

    The virtual environment is made at its final path with the host's Python. The
    lock is installed with its hashes; ``packages`` come without, since only the
    application's authors can vouch for them. The kit is put in as files: it is
    not a package that the application could ask for.
    """
    python = f"{target}/venv/bin/python"
    commands = [
        [uv, "venv", "--quiet", "--python", f"/usr/bin/python{build['python']}", f"{target}/venv"]
    ]
    install = [uv, "pip", "install", "--quiet", "--python", python, "--compile-bytecode"]
    if build["requirements"]:
        commands.append(
            [*install, "--require-hashes", "--requirement", f"{target}/requirements.txt"]
        )
    if build["packages"]:
        commands.append([*install, *build["packages"]])
    packages = f"{target}/venv/lib/python{build['python']}/site-packages"
    commands += [
        ["cp", "--recursive", f"{target}/kit/celeriac", packages],
        ["rm", "--recursive", f"{target}/kit"],
        [python, "-m", "compileall", "-q", f"{packages}/celeriac", f"{target}/app"],
    ]
    return [shlex.join(command) for command in commands]


def argv(command: list[str], release: str) -> list[str]:
    """Resolve the first word of an application's command to the release's environment."""
    program, *rest = command
    return [program if program.startswith("/") else f"{release}/venv/bin/{program}", *rest]
