"""`celeriac secrets rotate` as a person runs it, up to the playbooks that it starts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli.exits import FAILED
from celeriac.cli.turn import Turn
from celeriac.derive import names
from celeriac.vault import Vault
from tests.unit.fleet.conftest import RELEASE
from tests.unit.fleet.hosts import INSTANCE, show
from tests.unit.steering.scaled import Scaled

MAIL, RELAY, WEB = "broker.pool-mail", "broker.relay", "database.web"
WANTED = [MAIL, "broker.pool-bulk", RELAY, "broker.operations"]
DATABASE = ["database.password", WEB, "database.beat", "database.pool-mail"]
DATABASE += ["database.pool-bulk", "database.relay"]


class Rotation:
    """``runs``: what each playbook was told, and what the vault held then."""

    def __init__(self, shop: Scaled, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shop, self.runs = shop, []
        self.connected: list[str] = []
        self.ends_at: str | None = None
        folder = shop.folder / "inventories" / "test"
        self.vault = Vault(
            "test", folder / "group_vars" / "all" / "vault.yml", folder / ".vault-password"
        )
        self.vault.complete("shop", [*WANTED, *DATABASE, "secret.key"])
        (shop.folder / "srv" / "shop" / "releases" / RELEASE).mkdir(parents=True)
        monkeypatch.setattr(names, "root", lambda application: f"{shop.folder}/srv/{application}")
        monkeypatch.setattr(Turn, "run", self._run())

    def _run(self) -> Callable[..., int]:
        def run(turn: Turn, playbooks: Sequence[str], variables: dict[str, Any], **_: Any) -> int:
            (playbook,) = playbooks
            assert turn.what == "rotate"
            steering = variables["celeriac_steering"]
            self.runs.append((playbook, steering, self.held()))
            if "report" in steering:
                Path(steering["report"]).write_text(json.dumps(self.connected))
            return FAILED if playbook == self.ends_at else 0

        return run

    def held(self) -> dict[str, str]:
        return self.vault.application_secrets("shop")

    def rotate(self, *words: str) -> Any:
        return self.shop.hosts.run("secrets", "rotate", *self.shop.hosts.place, *words)

    @property
    def playbooks(self) -> list[str]:
        return [playbook for playbook, _, _ in self.runs]


@pytest.fixture
def rotation(shop: Scaled, monkeypatch: pytest.MonkeyPatch) -> Rotation:
    return Rotation(shop, monkeypatch)


def test_two_users_of_two_processes(rotation: Rotation) -> None:
    before = rotation.held()
    said = rotation.rotate(MAIL, RELAY, "--yes")
    assert said.exit_code == 0, said.output
    rows = [line.split() for line in said.stdout.splitlines() if line.startswith("broker.")]
    assert rows == [
        [MAIL, "shop-pool-mail", "shop-pool-mail.b", "celery-shop-mail-1", "(two),",
         "celery-shop-mail-2", "(two)"],
        [RELAY, "shop-relay", "shop-relay.b", "relay-shop", "(two)"],
    ]  # fmt: skip
    (declare, first, begun), (deliver, second, promoted) = rotation.runs
    assert (declare, deliver) == ("secrets_declare.yml", "secrets_deliver.yml")
    assert first["services"] == {"broker": True, "database": False, "cache": False}
    assert second["kinds"] == ["relay", "worker"]
    assert second["entry"]["message"] == {"__ansible_unsafe": f"{MAIL} {RELAY}"}
    # Old and new stand in the vault before a host is touched, and the units get the new one last.
    assert (begun[MAIL], promoted[MAIL]) == (before[MAIL], begun[f"{MAIL}.next"])
    assert promoted[f"{MAIL}.previous"] == before[MAIL]
    after = rotation.held()
    assert (after[MAIL], after[f"{MAIL}.user"]) == (promoted[MAIL], "b")
    assert not [name for name in after if name.endswith((".next", ".previous"))]
    assert "Commit " in said.stdout
    secrets = {
        text for text in [*before.values(), *after.values()] if len(text) > len("shop-relay.b")
    }
    assert not any(secret in said.output for secret in secrets - {after[f"{MAIL}.rotated"]})


@pytest.mark.parametrize("ends_at", ["secrets_declare.yml", "secrets_deliver.yml"])
def test_an_interrupted_one_goes_on(rotation: Rotation, ends_at: str) -> None:
    rotation.ends_at = ends_at
    said = rotation.rotate(RELAY, "--yes")
    assert said.exit_code == 3
    _, _, interrupted = rotation.runs[-1]
    assert rotation.held() == interrupted
    rotation.ends_at = None
    rotation.runs.clear()
    said = rotation.rotate(RELAY, "--yes")
    assert said.exit_code == 0, said.output
    assert "Begun before and not finished, so it goes on: broker.relay." in said.stdout
    assert rotation.playbooks[0] == ends_at
    next_or_now = interrupted.get(f"{RELAY}.next", interrupted[RELAY])
    assert rotation.held()[RELAY] == next_or_now
    assert f"{RELAY}.previous" not in rotation.held()


def test_who_is_connected_stays(rotation: Rotation) -> None:
    rotation.connected = ["shop-relay"]
    said = rotation.rotate(MAIL, RELAY, "--yes")
    assert said.exit_code == 1
    assert "Somebody is connected as shop-relay, so that stays" in said.stderr
    held = rotation.held()
    assert f"{RELAY}.previous" in held
    assert f"{MAIL}.previous" not in held
    rotation.connected, rotation.runs = [], []
    assert rotation.rotate(RELAY, "--yes").exit_code == 0
    assert rotation.playbooks == ["secrets_deliver.yml"]
    assert f"{RELAY}.previous" not in rotation.held()


def test_roles_that_the_release_must_know(rotation: Rotation) -> None:
    assert rotation.rotate(WEB, "database.relay", "--yes").exit_code == 0
    _, steering, _ = rotation.runs[0]
    assert steering["writers"] == ["shop-web", "shop-web.b"]
    assert steering["services"]["database"]
    assert steering["kinds"] == ["relay", "web"]


def test_all_are_those_that_can(rotation: Rotation) -> None:
    assert rotation.rotate("--all", "--yes").exit_code == 0
    rotated = {name for name in rotation.held() if name.endswith(".rotated")}
    can = {*WANTED, *DATABASE} - {"database.password"}
    assert rotated == {f"{name}.rotated" for name in can}


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "NAME: say which, or --all; not both. There are: broker."),
        (["--all", RELAY], 2, "say which, or --all; not both"),
        (["broker.rely"], 2, "broker.rely: no password that can be rotated. Did you mean"),
        (["database.password"], 2, "the owner of the database has one name"),
        (["secret.key"], 2, "secret.key: what changes with it only the application knows"),
        ([RELAY], 1, "That is done in test. Nobody can be asked here: add --yes. Nothing was"),
    ],
)
def test_what_is_refused(rotation: Rotation, words: list[str], code: int, says: str) -> None:
    before = rotation.vault.path.read_bytes()
    said = rotation.rotate(*words)
    assert said.exit_code == code, said.output
    assert says in said.stderr
    assert rotation.runs == []
    assert rotation.vault.path.read_bytes() == before


def test_not_while_another_release_finishes(rotation: Rotation) -> None:
    old = "20261120T091200-bbbbbbbbbb"
    units = {f"celery-shop-bulk-1@{RELEASE}": {}}
    draining = {f"celery-shop-bulk-1@{old}": {**INSTANCE, "ActiveState": "deactivating"}}
    rotation.shop.hosts.put("three", "units", show({**units, **draining}))
    rotation.shop.hosts.put(
        "three", "active", f"celery-shop-bulk-1@{old}.service loaded deactivating stop-sigterm x\n"
    )
    said = rotation.rotate(RELAY, "--yes")
    assert said.exit_code == 1, said.output
    assert f"workers of {old} still finish their tasks" in said.stderr
    assert rotation.runs == []
