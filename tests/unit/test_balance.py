"""``celeriac balance``: what it refuses before a host is asked, and what it has the playbook do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from celeriac.cli.main import app
from celeriac.cli.turn import Turn
from tests.descriptions import write

EDGE = {
    "children/edge/hosts/edge1": {"ansible_host": "192.0.2.30"},
    "vars/celeriac_sites/shop/url": "https://shop",
    "vars/celeriac_edge_tls": {"shop": {"by": "upstream", "from": ["192.0.2.7"]}},
}


@pytest.fixture(autouse=True)
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.chdir(tmp_path)
    found: list[dict[str, Any]] = []

    def run(self: Turn, playbooks: Sequence[str], variables: dict[str, Any], **_: Any) -> int:
        found.append({"turn": (self.what, self.host), "playbooks": playbooks, **variables})
        return 0 if variables["celeriac_steering"]["to"] == "out" else 3

    monkeypatch.setattr(Turn, "run", run)
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "state")
    return found


def balance(where: str, host: str, changes: dict[str, Any]) -> Result:
    write(Path(), hosts=changes)
    Path("inventories/test/known_hosts").touch()
    words = ["balance", where, host, "-e", "test", "--inventories", "inventories"]
    return CliRunner().invoke(app, words)


@pytest.mark.parametrize(
    ("host", "changes", "said"),
    [
        ("two", EDGE, "two: no host of the group 'web'. Known here: one."),
        (
            "one",
            {},
            "one: nothing to take it out of. Add the group 'edge', or hooks/web-out "
            "for a balancer of your own: docs/edge.md.",
        ),
    ],
)
def test_refused(
    host: str, changes: dict[str, Any], said: str, played: list[dict[str, Any]]
) -> None:
    found = balance("out", host, changes)
    assert (found.exit_code, played) == (2, [])
    assert said in found.output


def test_it_has_the_lock_and_a_line_in_the_audit(played: list[dict[str, Any]]) -> None:
    found = balance("out", "one", EDGE)
    assert found.exit_code == 0, found.output
    assert "celeriac balance in one -e test" in found.output
    (run,) = played
    assert (run["turn"], run["playbooks"]) == (("balance", "two"), ["web_balance.yml"])
    steering = run["celeriac_steering"]
    assert (steering["host"], steering["to"]) == ("one", "out")
    assert steering["entry"]["message"] == {"__ansible_unsafe": "out one"}
    assert run["celeriac"]["edge"]["hosts"] == ["edge1"]


def test_a_playbook_that_fails(played: list[dict[str, Any]]) -> None:
    found = balance("in", "one", EDGE)
    assert found.exit_code == 3
    assert "run the same command again.\nEverything that was said: " in found.output


def test_a_balancer_of_ones_own_is_enough() -> None:
    hook = Path("hooks/web-out")
    hook.parent.mkdir(parents=True)
    hook.touch(mode=0o755)
    assert balance("out", "one", {}).exit_code == 0
