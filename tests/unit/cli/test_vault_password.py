"""A vault without its password, as every fresh checkout has it: each command says so, and none breaks off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from celeriac.cli.main import app
from celeriac.vault import Vault
from tests.unit.fleet.conftest import hosts, running
from tests.unit.fleet.hosts import Hosts

__all__ = ["hosts", "running"]
ARGUMENTS = {
    "balance in": ["one"],
    "balance out": ["one"],
    "exec": ["--", "true"],
    "lock take": ["-m", "why"],
    "maintenance on": ["-y"],
    "manage": ["check"],
    "drain": ["mail", "-y"],
    "pause": ["mail", "-y"],
    "resume": ["mail"],
    "restart": ["mail"],
    "scale": ["mail=3"],
    "ssh": ["one"],
}
ARGUMENTS |= {
    f"{group} {action}": ["--all", *(["-y"] if action == "drop" else [])]
    for group in ("outbox", "dead")
    for action in ("list", "show", "retry", "replay", "drop")
}
# They need no secret: their own codes. The doctor tells it among its findings.
WITHOUT = {"check": 0, "derive": 0, "doctor": 1, "schema": 0, "version": 0, "init": 2}


def commands(group: typer.Typer, *above: str) -> Iterator[str]:
    for command in group.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "")
        yield " ".join([*above, name])
    for inner in group.registered_groups:
        if inner.typer_instance:
            yield from commands(inner.typer_instance, str(inner.typer_instance.info.name))


@pytest.mark.parametrize("wrong", [None, "another\n"], ids=["missing", "wrong"])
@pytest.mark.parametrize("command", list(commands(app)))
def test_said(
    running: Hosts,
    command: str,
    wrong: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "state")
    folder = tmp_path / "inventories" / "test"
    vault = Vault("test", folder / "group_vars/all/vault.yml", folder / ".vault-password")
    vault.complete("shop", [])
    vault.password_file.unlink()
    if wrong:
        vault.password_file.write_text(wrong)
    balancer = tmp_path / "hooks" / "web-out"
    balancer.parent.mkdir()
    balancer.touch(mode=0o755)
    place = {"schema": [], "version": [], "init": ["-e", "test"]}.get(command)
    if place is None:
        place = ["-e", "test", "--inventories", "inventories"]
    found = running.run(*command.split(), *place, *ARGUMENTS.get(command, []))
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    assert found.exit_code == WITHOUT.get(command, 2), found.output
    if command not in WITHOUT:
        assert vault.password_file.name in found.stderr
        assert "vault.yml: 1 problem." in found.stderr
