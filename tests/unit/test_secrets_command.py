"""`celeriac secrets` as a person runs it: init, list, edit. No host is asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from celeriac import vault_content
from celeriac.vault import Vault
from tests.descriptions import write

ROOT = Path(__file__).parents[2]
Celeriac = Callable[..., subprocess.CompletedProcess[str]]
PLACE = ("-e", "test", "--inventories", "inventories")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    folder = tmp_path / "inventories" / "test"
    return Vault("test", folder / "group_vars/all/vault.yml", folder / ".vault-password")


@pytest.fixture
def celeriac(tmp_path: Path) -> Celeriac:
    write(tmp_path)

    def run(*words: str, editor: str = "true") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "celeriac", *words],
            cwd=tmp_path,
            env={
                "PYTHONPATH": str(ROOT),
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "EDITOR": editor,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def made(celeriac: Celeriac) -> Celeriac:
    assert celeriac("secrets", "init", *PLACE).returncode == 0
    return celeriac


def editor(folder: Path, change: str) -> str:
    """An editor that notes the mode of what it edits, and runs a line of Python on ``text``."""
    script = folder / "editor.py"
    script.write_text(
        "import os, sys, yaml\n"
        "from pathlib import Path\n"
        "file = Path(sys.argv[1])\n"
        f"note = Path({str(folder)!r}, 'mode')\n"
        "note.write_text(oct(file.stat().st_mode & 0o777) + ' ' + str(file))\n"
        "text = file.read_text()\n"
        f"{change}\n"
        "file.write_text(text)\n"
    )
    return f"{sys.executable} {script}"


def changed(line: str) -> str:
    """The lines that load the vault's variables, change them and write them."""
    return (
        "v = yaml.safe_load(text); s = v['celeriac_secrets']\n"
        f"{line}\n"
        "text = yaml.safe_dump(v, sort_keys=False)"
    )


def test_alone_it_generates(celeriac: Celeriac, vault: Vault) -> None:
    first = celeriac("secrets", *PLACE)
    assert first.returncode == 0, first.stderr
    assert "generated applications/shop/broker.relay\n" in first.stdout
    again = celeriac("secrets", "init", *PLACE)
    assert f"{vault.path.relative_to(vault.path.parents[4])}: nothing was missing." in again.stdout


def test_options_stand_after_the_command(celeriac: Celeriac) -> None:
    said = celeriac("secrets", "-e", "test", "list")
    assert said.returncode == 2
    assert "--environment: write it after `list`" in said.stderr


def test_list_has_names_and_no_value(made: Celeriac, vault: Vault) -> None:
    held = vault.application_secrets("shop")
    held |= {
        "broker.relay.user": "b",
        "broker.relay.rotated": "2026-11-22T10:00:00Z",
        "broker.pool-mail.next": "soon",
        "secret.key": "",
    }
    vault.replace_application_secrets("shop", held)
    said = made("secrets", "list", *PLACE)
    assert said.returncode == 1
    lines = [line.split() for line in said.stdout.splitlines()]
    assert lines[0] == ["OF", "NAME", "STATE", "USER", "ROTATED", "(UTC)"]
    assert ["environment", "erlang_cookie", "there", "-", "-"] in lines
    assert ["shop", "broker.relay", "there", "second", "2026-11-22", "10:00:00"] in lines
    assert ["shop", "broker.pool-mail", "rotating", "-", "-"] in lines
    assert ["shop", "secret.key", "missing", "-", "-"] in lines
    assert len([line for line in lines if line[1].startswith("broker.relay")]) == 1
    listed = json.loads(made("secrets", "list", "--json", *PLACE).stdout)
    assert {
        "of": "shop", "name": "broker.relay", "state": "there",
        "user": "second", "rotated": "2026-11-22T10:00:00Z",
    } in listed  # fmt: skip
    values = [*vault.environment_secrets().values(), *held.values()]
    assert not [text for text in values if len(text) > 20 and text in said.stdout]


def test_an_edit(made: Celeriac, vault: Vault, tmp_path: Path) -> None:
    change = changed("s['environment']['broker_password'] = 'given'; v['other'] = 1")
    said = made("secrets", "edit", *PLACE, editor=editor(tmp_path, change))
    assert said.returncode == 0, said.stdout + said.stderr
    assert vault.environment_secrets()["broker_password"] == "given"
    mode, file = (tmp_path / "mode").read_text().split()
    assert mode == "0o600"
    assert not Path(file).exists()
    assert not list(vault.path.parent.glob(".*"))


def test_an_edit_that_removes_something_says_so(
    made: Celeriac, vault: Vault, tmp_path: Path
) -> None:
    change = changed("del s['applications']['shop']['secret.key']")
    said = made("secrets", "edit", *PLACE, editor=editor(tmp_path, change))
    assert said.returncode == 0
    assert "applications/shop/secret.key is missing now; `celeriac secrets init -e test " in said.stderr
    assert vault.missing("shop", ["secret.key"]) == ["applications/shop/secret.key"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("text = 'a: [b'", "not plain YAML"),
        ("text = 'a: b'", "celeriac_secrets is gone"),
        (
            changed("s['environment']['erlang_cookie'] = 12345"),
            "environment/erlang_cookie: not text; write it in quotes",
        ),
    ],
)
def test_a_broken_edit_is_kept_encrypted(
    made: Celeriac, vault: Vault, tmp_path: Path, change: str, says: str
) -> None:
    before = vault.path.read_bytes()
    said = made("secrets", "edit", *PLACE, editor=editor(tmp_path, change))
    assert said.returncode == 1, said.stdout + said.stderr
    assert said.stderr.startswith(says), said.stderr
    assert vault.path.read_bytes() == before
    kept = vault.path.with_name(".vault.yml.edited")
    assert kept.read_text().startswith("$ANSIBLE_VAULT")
    assert kept.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("held", "says"),
    [
        ({}, []),
        ({"environment": {"a": "b"}, "applications": {"shop": {"c": "d"}}}, []),
        ({"environment": "x"}, ["environment: not a mapping"]),
        ({"applications": ["x"]}, ["applications: not a mapping"]),
        ({"applications": {"shop": "x"}}, ["applications/shop: not a mapping"]),
        ({"app": {}}, ["app: not one of environment, applications"]),
        (
            {"environment": {"a": 5}, "applications": {"shop": {"b": None}}},
            [
                f"{name}: not text; write it in quotes"
                for name in ("environment/a", "applications/shop/b")
            ],
        ),
    ],
)
def test_the_form_of_a_vault(held: dict[str, Any], says: list[str]) -> None:
    assert vault_content.problems(held) == says


def test_a_refused_edit_goes_on(made: Celeriac, vault: Vault, tmp_path: Path) -> None:
    broken = changed("s['environment']['broker_password'] = 5")
    assert made("secrets", "edit", *PLACE, editor=editor(tmp_path, broken)).returncode == 1
    right = changed(
        "s['environment']['broker_password'] = str(s['environment']['broker_password'])"
    )
    said = made("secrets", "edit", *PLACE, editor=editor(tmp_path, right))
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Going on with the edit that was refused before" in said.stdout
    assert vault.environment_secrets()["broker_password"] == "5"


def test_a_refused_edit_does_not_undo_what_came_after(
    made: Celeriac, vault: Vault, tmp_path: Path
) -> None:
    made("secrets", "edit", *PLACE, editor=editor(tmp_path, "text = 'a: [b'"))
    held: dict[str, Any] = vault.application_secrets("shop")
    vault.replace_application_secrets("shop", {**held, "broker.relay": "rotated"})
    said = made("secrets", "edit", *PLACE, editor=editor(tmp_path, "text = 'a: [b'"))
    assert said.returncode == 1
    assert "holds an edit from before the vault was last changed" in said.stderr


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [("true", 0, "Nothing was changed."), ("no-such-editor", 1, "The vault is as before.")],
)
def test_an_edit_without_a_change(
    made: Celeriac, vault: Vault, command: str, code: int, says: str
) -> None:
    before = vault.path.read_bytes()
    said = made("secrets", "edit", *PLACE, editor=command)
    assert (said.returncode, says in said.stdout + said.stderr) == (code, True), said.stderr
    assert vault.path.read_bytes() == before
    assert not list(vault.path.parent.glob(".*"))


def test_nothing_to_edit(celeriac: Celeriac) -> None:
    said = celeriac("secrets", "edit", *PLACE)
    assert said.returncode == 2
    assert "no secrets in it yet. Run `celeriac secrets init -e test --inventories " in said.stderr


def test_the_editor_gets_what_is_there(made: Celeriac, vault: Vault, tmp_path: Path) -> None:
    copy = tmp_path / "seen"
    script = editor(tmp_path, f"Path({str(copy)!r}).write_text(text)")
    made("secrets", "edit", *PLACE, editor=script)
    assert yaml.safe_load(copy.read_text())["celeriac_secrets"] == vault.read()
