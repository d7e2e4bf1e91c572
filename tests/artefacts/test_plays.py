"""The order of plays and their keywords; what these do is in tests/integration/ansible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ANSIBLE = Path(__file__).parents[2] / "deploy" / "ansible"
KEYWORDS = ("serial", "any_errors_fatal", "max_fail_percentage", "ignore_unreachable")
# It shows what it can.
LEFT_TO_ANSIBLE = {"Look at the certificates"}


def plays() -> list[dict[str, Any]]:
    found = [
        play for file in sorted(ANSIBLE.glob("*.yml")) for play in yaml.safe_load(file.read_text())
    ]
    return [play for play in found if "hosts" in play]


def forms() -> list[dict[str, Any]]:
    """The different ways in which our plays say what a failure means."""
    found = []
    for play in plays():
        form = {key: play[key] for key in KEYWORDS if key in play}
        if play["name"] not in LEFT_TO_ANSIBLE and form not in found:
            found.append(form)
    return found


def test_every_play_says_what_a_failure_means() -> None:
    assert sorted(forms(), key=str) == [
        {"any_errors_fatal": True, "max_fail_percentage": 0},
        {"ignore_unreachable": True},
        {"serial": 1},
    ]


def read(name: str) -> list[dict[str, Any]]:
    """Return a playbook's plays and those of what it imports, in their order."""
    found: list[dict[str, Any]] = []
    for play in yaml.safe_load((ANSIBLE / name).read_text()):
        imported = play.get("ansible.builtin.import_playbook")
        found += read(imported) if imported else [play]
    return found


def test_a_deploy_changes_nothing_before_it_has_the_lock() -> None:
    """Of two at the same time, one would else provision for the release of the other."""
    names = [play["name"] for play in read("deploy.yml")]
    assert names[:2] == ["Take the lock", "Prepare every host"]
    assert (names.count("Take the lock"), names[-1]) == (1, "Give the lock back")


@pytest.mark.parametrize("command", ["rollback", "scale"])
def test_nor_do_commands_that_provision(command: str) -> None:
    source = (ANSIBLE.parents[1] / "celeriac" / "cli" / f"{command}.py").read_text()
    assert (
        source.index('"take.yml"')
        < source.index('"provision.yml"')
        < source.index(f'"{command}.yml"')
    )


@pytest.mark.parametrize(
    ("name", "last"), [("release.yml", "Run beat"), ("rollback.yml", "Run the workers")]
)
def test_all_of_it_is_looked_at_before_it_is_written_down_as_done(name: str, last: str) -> None:
    found = read(name)
    names = [play["name"] for play in found]
    check = names.index("Check that all of it runs")
    assert names.index(last) < check < next(i for i, own in enumerate(names) if "Write down" in own)
    role = {"name": "release_preflight", "tasks_from": "verify.yml"}
    assert found[check]["tasks"][0]["ansible.builtin.import_role"] == role


@pytest.mark.parametrize("name", ["release.yml", "rollback.yml"])
def test_each_kind_is_taken_back_where_it_fails(name: str) -> None:
    """By what was looked at before: else a host would go on with two of it, or with none."""
    found = {}
    for play in read(name):
        for task in play.get("tasks", []):
            for undo in task.get("rescue", []):
                assert undo["ansible.builtin.include_role"]["name"] == "release_undo"
                found[undo["vars"]["release_undo_kind"]] = play["serial"]
    assert found == dict.fromkeys(("relay", "worker", "web", "beat"), 1)
    told = (ANSIBLE / name).read_text() + (
        ANSIBLE / "roles" / "release_preflight" / "tasks" / "main.yml"
    ).read_text() * (name == "release.yml")
    assert "register: release_preflight_standing" in told
