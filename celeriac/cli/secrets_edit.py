"""``celeriac secrets edit``: change the vault in an editor, with the result checked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from celeriac.cli import options
from celeriac.cli.exits import REFUSED

if TYPE_CHECKING:
    from celeriac.environments import Environment as Place
    from celeriac.vault import Vault


def edit(
    environment: options.Environment = "lab", inventories: options.Inventories = options.INVENTORIES
) -> None:
    """Open the vault in $EDITOR, as `ansible-vault edit` does, and check it before it takes effect.

    What is not in order is kept beside it, encrypted, and opened again by the next edit. Exit codes:
    0 changed or left as it was, 1 refused (the vault is as before), 2 mistakes in the input.
    """
    from celeriac import typed, vault_content
    from celeriac.description.problems import InputError
    from celeriac.environments import Environment as Place

    place = Place(environment, inventories)
    vault = place.vault
    before = vault.read()
    if not before:
        raise _missing(place)
    # Ansible reads no hidden file of this folder, and no plaintext is ever written there.
    trial = replace(vault, path=vault.path.with_name(f".{vault.path.name}.edited"))
    again = trial.path.exists()
    if again and trial.path.stat().st_mtime_ns < vault.path.stat().st_mtime_ns:
        typer.echo(
            f"Refused: {trial.path} holds an edit from before the vault was last changed. Look at it "
            f"with `ansible-vault view`, remove it, and edit again.",
            err=True,
        )
        raise typer.Exit(REFUSED)
    if again:
        typer.echo(f"Going on with the edit that was refused before. To drop it: rm {trial.path}")
    else:
        shutil.copyfile(vault.path, trial.path)
    trial.path.chmod(0o600)
    started, original = trial.path.read_bytes(), vault.path.read_bytes()
    if (code := _open(trial)) != 0:
        if not again:
            trial.path.unlink()
        typer.echo(f"The editor ended with an error ({code}). The vault is as before.", err=True)
        raise typer.Exit(REFUSED)
    if trial.path.read_bytes() == started and not again:
        trial.path.unlink()
        typer.echo("Nothing was changed.")
        return
    try:
        after = trial.read()
        wrong = vault_content.problems(after) if after else ["celeriac_secrets is gone"]
    except InputError as error:
        wrong = [problem.what for problem in error.problems]
    if vault.path.read_bytes() != original:
        wrong.append("the vault was changed meanwhile")
    if wrong:
        _refuse(trial, wrong)
    removed = sorted(vault_content.names(before) - vault_content.names(after))
    trial.path.replace(vault.path)
    typer.echo(f"{vault.path} was changed. Commit it; a deploy brings it to the hosts.")
    for name in removed:
        typer.echo(
            f"{name} is missing now; `celeriac secrets init {typed.options(place)}` makes a new one.",
            err=True,
        )


def _open(vault: Vault) -> int:
    """Let the person edit it and return the exit code. The plaintext stays in a private folder."""
    command = [
        str(Path(sys.executable).with_name("ansible-vault")),
        *("edit", "--vault-password-file", str(vault.password_file), str(vault.path)),
    ]
    # A vault identity of the person's own shell is not meant for us.
    left_out = ("ANSIBLE_VAULT_IDENTITY_LIST", "ANSIBLE_VAULT_PASSWORD_FILE", "ANSIBLE_CONFIG")
    variables = {name: value for name, value in os.environ.items() if name not in left_out}
    return subprocess.run(command, env=variables, check=False).returncode


def _refuse(trial: Vault, wrong: list[str]) -> None:
    from celeriac.vault_content import FORM

    for what in wrong:
        typer.echo(what, err=True)
    typer.echo(
        f"Refused: the vault is as before. What you wrote is in {trial.path}, encrypted; the same "
        f"command opens it again. celeriac_secrets should be {FORM}.",
        err=True,
    )
    raise typer.Exit(REFUSED)


def _missing(place: Place) -> Exception:
    from celeriac import typed
    from celeriac.description.problems import InputError, Problem

    remedy = f"Run `celeriac secrets init {typed.options(place)}` first."
    return InputError(None, [Problem(str(place.vault.path), "no secrets in it yet", remedy)])
