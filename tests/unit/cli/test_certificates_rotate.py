"""`celeriac certificates rotate` up to its playbooks: who has the lock meanwhile, what the vault holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli import playbook
from celeriac.release import control
from celeriac.rotation import NEXT, PREVIOUS
from celeriac.vault import Vault
from tests.unit.fleet.conftest import hosts, running
from tests.unit.steering.conftest import shop
from tests.unit.steering.scaled import Scaled

__all__ = ["hosts", "running", "shop"]
PHASE = [["take"], "a playbook", ["note", "give back"]]


class Rotation:
    """The playbooks that ran, with lock and audit around them, and what the vault held meanwhile."""

    def __init__(self, shop: Scaled) -> None:
        self.shop = shop
        folder = shop.folder / "inventories" / "test"
        self.vault = Vault("test", folder / "group_vars/all/vault.yml", folder / ".vault-password")
        self.vault.complete("shop", [])
        self.steps: list[Any] = []
        self.names: list[str] = []
        self.entries: list[dict[str, Any]] = []
        self.held: list[set[str]] = []
        self.fails_at: int | None = None

    def watched(self, words: list[str], *_: Any) -> int:
        self.steps.append("a playbook")
        self.names.append(Path(words[-1]).stem)
        self.held.append({*self.vault.environment_secrets()} & {NEXT[1], PREVIOUS})
        return 3 if self.fails_at == len(self.names) else 0

    def lock(self, place: Any, name: str, log: Path, variables: dict[str, Any], *_: Any) -> int:
        assert (name, variables["celeriac_run"]["hosts"]) == ("lock.yml", ["two"])
        self.steps.append(variables["celeriac_run"]["actions"])
        self.entries.append(variables["celeriac_run"]["entry"])
        return 0

    def rotate(self, *words: str) -> Any:
        return self.shop.hosts.run("certificates", "rotate", *self.shop.hosts.place, *words)


@pytest.fixture
def rotation(shop: Scaled, monkeypatch: pytest.MonkeyPatch) -> Rotation:
    found = Rotation(shop)
    monkeypatch.setattr(playbook, "watched", found.watched)
    monkeypatch.setattr(playbook, "run", found.lock)
    return found


def test_of_the_services(rotation: Rotation) -> None:
    said = rotation.rotate("-y")
    assert said.exit_code == 0, said.output
    assert (rotation.names, rotation.steps) == (["certificates_issue"], PHASE)
    message = control.literal("every service gets a new certificate")
    assert (rotation.entries[-1]["result"], rotation.entries[-1]["message"]) == ("done", message)


def test_of_the_authority(rotation: Rotation) -> None:
    before = rotation.vault.environment_secrets()["ca_certificate"]
    said = rotation.rotate("--authority", "--yes")
    assert said.exit_code == 0, said.output
    trust, issue = "certificates_trust", "certificates_issue"
    assert (rotation.names, rotation.steps) == ([trust, issue, trust], 3 * PHASE)
    assert rotation.held == [{NEXT[1]}, {PREVIOUS}, {PREVIOUS}]
    after = rotation.vault.environment_secrets()
    assert after["ca_certificate"] != before
    assert {PREVIOUS, *NEXT}.isdisjoint(after)


def test_the_authority_is_asked_for(rotation: Rotation) -> None:
    said = rotation.rotate("--authority")
    assert (said.exit_code, rotation.steps) == (1, [])
    assert said.stderr.startswith("Refused: Replacing the authority of test gives every service")


def test_it_fails_and_goes_on(rotation: Rotation) -> None:
    rotation.fails_at = 2
    said = rotation.rotate("--authority", "-y")
    assert said.exit_code == 3
    assert "it goes on where it stopped" in said.stderr
    assert rotation.steps == 2 * PHASE
    assert rotation.entries[-1]["result"] == "failed"
    assert rotation.rotate("--authority", "-y").exit_code == 0
    assert rotation.names[2:] == ["certificates_issue", "certificates_trust"]


def test_somebody_else_has_the_lock(rotation: Rotation) -> None:
    mark = {**control.mark("deploy"), "owner": "ann@far", "since": "2026-11-22T12:00:00+00:00"}
    state = rotation.shop.folder / "state" / "shop"
    (state / "lock").write_text(json.dumps(mark))
    said = rotation.rotate("--authority", "-y")
    assert said.exit_code == 1
    assert "has the lock of shop in test" in said.stderr
    assert (rotation.names, {*rotation.vault.environment_secrets()} & {*NEXT}) == ([], set())
