"""`celeriac secrets edit` as a person runs it, with the editor that `ansible-vault` starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from celeriac.vault import Vault
from tests.descriptions import write

ROOT = Path(__file__).parents[3]
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
    assert (
        "applications/shop/secret.key is missing now; `celeriac secrets init -e test "
        in said.stderr
    )
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


def test_the_editor_gets_what_is_there(made: Celeriac, vault: Vault, tmp_path: Path) -> None:
    copy = tmp_path / "seen"
    script = editor(tmp_path, f"Path({str(copy)!r}).write_text(text)")
    made("secrets", "edit", *PLACE, editor=script)
    assert yaml.safe_load(copy.read_text())["celeriac_secrets"] == vault.read()
