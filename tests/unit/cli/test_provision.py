"""``celeriac provision``: what it has the playbook do, and what it refuses before a host is asked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from celeriac.cli import completion, playbook
from celeriac.cli.turn import Turn
from tests.unit.fleet.conftest import hosts
from tests.unit.fleet.hosts import Hosts

__all__ = ["hosts"]
ROOT = Path(__file__).parents[3]


class Taken:
    """The words of Ansible, and what was done to lock and audit, in their order."""

    def __init__(self) -> None:
        self.steps: list[Any] = []
        self.code = 0
        self.entry: dict[str, Any] = {}

    def watched(self, words: list[str], environment: dict[str, str], shown: bool = True) -> int:
        assert words[-1].endswith("deploy/ansible/provision.yml")
        # What every playbook is told stands after the options, before its name.
        options = words[words.index("--extra-vars") + 2 : -3]
        self.steps.append((options, environment.get("CELERIAC_QUIET")))
        return self.code

    def lock(
        self, place: Any, name: str, log: Path, variables: dict[str, Any], voice: Any = None
    ) -> int:
        assert name == "lock.yml"
        run = variables["celeriac_run"]
        self.steps.append(run["actions"])
        self.entry = run["entry"]
        return 0


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Taken:
    found = Taken()
    monkeypatch.setattr(playbook, "watched", found.watched)
    monkeypatch.setattr(playbook, "run", found.lock)
    monkeypatch.setattr("celeriac.cli.prepared.ready", lambda *_: None)
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "left")
    monkeypatch.setattr(Turn, "_after_another", lambda self, mine, release: mine)
    return found


@pytest.mark.parametrize(
    ("words", "options", "quiet", "message"),
    [
        ([], [], None, ""),
        (["--hosts", "two,three", "-q"], ["--limit", "two,three"], "1", "only two,three"),
        (
            ["--roles", "postgresql, redis", "-v"],
            ["--tags", "postgresql,redis", "--diff", "-v"],
            None,
            "roles postgresql, redis",
        ),
    ],
)
def test_it_has_the_lock_meanwhile(
    hosts: Hosts,
    taken: Taken,
    words: list[str],
    options: list[str],
    quiet: str | None,
    message: str,
) -> None:
    said = hosts.celeriac("provision", *words)
    assert said.exit_code == 0, said.output
    assert taken.steps == [["take"], (options, quiet), ["note", "give back"]]
    assert (taken.entry["result"], taken.entry["release"]) == ("done", None)
    assert taken.entry["message"] == {"__ansible_unsafe": message}
    sha256 = hashlib.sha256(hosts.description.read_bytes()).hexdigest()
    assert taken.entry["description"] == sha256
    assert "test provisioned for shop in " in said.stdout


def test_check_takes_no_lock(hosts: Hosts, taken: Taken) -> None:
    assert hosts.celeriac("provision", "--check").exit_code == 0
    assert taken.steps == [(["--check", "--diff"], None)]


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (3, ""),
        (130, "interrupted: "),
        (143, "interrupted by SIGTERM: "),
        (129, "interrupted by SIGHUP: "),
    ],
)
def test_what_ends_badly_is_written_down(hosts: Hosts, taken: Taken, code: int, how: str) -> None:
    taken.code = code
    said = hosts.celeriac("provision")
    assert said.exit_code == code
    assert taken.steps[-1] == ["note", "give back"]
    assert taken.entry["result"] == "failed"
    why = "the playbook did not start or was ended; its log says more"
    assert taken.entry["where"]["__ansible_unsafe"] == how + why
    assert ("Interrupted. The lock is given back" in said.stderr) == bool(how)
    assert "run the same command again: it goes on." in said.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--roles", "rabitmq"], "no role of provisioning. Did you mean 'rabbitmq'?"),
        (["--roles", ","], "none is named. There are: base, "),
        (["--hosts", "four"], "--hosts four: no such host or group."),
        (["-q", "-v"], "--quiet and --verbose contradict each other."),
    ],
)
def test_mistakes(hosts: Hosts, taken: Taken, words: list[str], why: str) -> None:
    said = hosts.celeriac("provision", *words)
    assert (said.exit_code, taken.steps) == (2, [])
    assert why in said.stderr


def test_a_part_of_the_brokers_nodes(hosts: Hosts, taken: Taken) -> None:
    file = hosts.folder / "inventories" / "test" / "hosts.yml"
    inventory = yaml.safe_load(file.read_text())
    nodes = {"one": None, "two": None, "three": None}
    inventory["all"]["children"]["broker"]["hosts"] = nodes
    file.write_text(yaml.safe_dump(inventory))
    said = hosts.celeriac("provision", "--hosts", "one,two")
    assert (said.exit_code, taken.steps) == (2, [])
    assert "a part of the broker's nodes: three is not of it." in said.stderr
    for words in (["--hosts", "one,two", "--roles", "base"], ["--hosts", "broker"]):
        assert hosts.celeriac("provision", *words).exit_code == 0


def test_every_play_has_its_role_as_its_tag() -> None:
    plays = yaml.safe_load((ROOT / "deploy" / "ansible" / "provision.yml").read_text())
    tags = [tag for play in plays for tag in play["tags"] if tag != "always"]
    assert tuple(dict.fromkeys(tags)) == completion.ROLES
    for play in plays:
        named = [one.get("role") for one in play.get("roles", [])]
        named += [one["ansible.builtin.import_role"]["name"] for one in play.get("tasks", [])]
        assert named == play["tags"][:1]
