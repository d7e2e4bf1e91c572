"""`celeriac secrets` as a person runs it: init and list. No host is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from celeriac import vault_content
from celeriac.vault import Vault
from tests.descriptions import write
from tests.unit.typed import Said, typed

Celeriac = Callable[..., Said]
PLACE = ("-e", "test", "--inventories", "inventories")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    folder = tmp_path / "inventories" / "test"
    return Vault("test", folder / "group_vars/all/vault.yml", folder / ".vault-password")


@pytest.fixture
def celeriac(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Celeriac:
    write(tmp_path)
    monkeypatch.chdir(tmp_path)
    return partial(typed, capfd)


@pytest.fixture
def made(celeriac: Celeriac) -> Celeriac:
    assert celeriac("secrets", "init", *PLACE).returncode == 0
    return celeriac


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


def test_nothing_to_edit(celeriac: Celeriac) -> None:
    said = celeriac("secrets", "edit", *PLACE)
    assert said.returncode == 2
    assert "no secrets in it yet. Run `celeriac secrets init -e test --inventories " in said.stderr
