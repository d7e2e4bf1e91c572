"""What a deploy is made of, as one digest: it changes when that does, and with nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac import hostvars
from celeriac.environments import Environment
from celeriac.release import stamp

DOCUMENT: dict[str, Any] = {
    "application": "shop",
    "build": {"digest": "D", "archive": "a", "by": "b", "known": None, "revision": "r"},
}

HOSTS = """
all:
  hosts: {one: {}}
  vars:
    celeriac_sites: {shop: {tls: {certificate: ../shop.pem}}}
    base_ca_certificates: "{{ query('ansible.builtin.fileglob', inventory_dir ~ '/../ca/*.crt') }}"
    proxy: "{{ lookup('ansible.builtin.env', 'SOME_PROXY') }}"
    later: "{{ ansible_facts.memory }}"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the kit with an inventory."""
    for name in (
        "celeriac/cli/main.py",
        "deploy/ansible/release.yml",
        "deploy/ansible/inventories/test/hosts.yml",
        "deploy/systemd/web@.service",
        "requirements.txt",
        "at/test/hosts.yml",
        "at/test/known_hosts",
        "at/test/group_vars/all/vault.yml",
        "at/test/.vault-password",
        "at/shop.pem",
        "at/ca/company.crt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "at/test/.vault-password").write_text("password")
    (tmp_path / "at/test/group_vars/all/vault.yml").unlink()
    (tmp_path / "at/test/hosts.yml").write_text(HOSTS)
    monkeypatch.setattr(stamp, "ROOT", tmp_path)
    return tmp_path


def digest(folder: Path, document: dict[str, Any] = DOCUMENT) -> str:
    hostvars._opened.cache_clear()
    return stamp.inputs(document, Environment("test", folder / "at"), ["one"])


def of_the_build(key: str, value: object) -> Callable[[Path], dict[str, Any]]:
    def changed(folder: Path) -> dict[str, Any]:
        document = copy.deepcopy(DOCUMENT)
        document["build"][key] = value
        return document

    return changed


def in_file(name: str, text: str = "something else") -> Callable[[Path], dict[str, Any]]:
    def changed(folder: Path) -> dict[str, Any]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        return DOCUMENT

    return changed


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (in_file("celeriac/cli/main.py"), False),
        (in_file("celeriac/cli/more.py"), False),
        (in_file("deploy/ansible/release.yml"), False),
        (in_file("deploy/systemd/web@.service"), False),
        (in_file("requirements.txt"), False),
        (in_file("at/test/group_vars/all/main.yml", "more: {}"), False),
        (in_file("at/test/known_hosts"), False),
        (in_file("at/shop.pem"), False),
        (in_file("at/ca/company.crt"), False),
        (in_file("at/ca/another.crt"), False),
        (of_the_build("digest", "E"), False),
        # What only this control host has, or another environment.
        (in_file("at/test/.vault-password"), True),
        (in_file("deploy/ansible/inventories/test/hosts.yml"), True),
        (in_file("celeriac/cli/__pycache__/main.pyc"), True),
        (in_file("README.md"), True),
        (of_the_build("archive", "elsewhere"), True),
        (of_the_build("by", "another person"), True),
        (of_the_build("known", {"release": "R"}), True),
        # A commit that changed no code.
        (of_the_build("revision", "s"), True),
    ],
)
def test_the_digest(folder: Path, change: Callable[[Path], dict[str, Any]], same: bool) -> None:
    before = digest(folder)
    assert (digest(folder, change(folder)) == before) is same


def test_a_file_that_is_gone_or_can_be_executed_now(folder: Path) -> None:
    before = digest(folder)
    (folder / "celeriac/cli/main.py").chmod(0o755)
    assert digest(folder) != before
    (folder / "celeriac/cli/main.py").chmod(0o644)
    assert digest(folder) == before
    (folder / "at/test/known_hosts").unlink()
    assert digest(folder) != before


def test_what_the_inventory_reads_of_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_PROXY", raising=False)
    before = digest(folder)
    monkeypatch.setenv("SOME_PROXY", "http://proxy.invalid")
    assert digest(folder) != before
