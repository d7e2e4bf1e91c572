"""A host that fails or cannot be reached ends a playbook, by the keywords that its plays have."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import ansible_mitogen
import pytest
import yaml

ANSIBLE = Path(__file__).parents[2] / "deploy" / "ansible"
STRATEGIES = Path(ansible_mitogen.__file__).parent / "plugins" / "strategy"
KEYWORDS = ("serial", "any_errors_fatal", "max_fail_percentage", "ignore_unreachable")
# It shows what it can.
LEFT_TO_ANSIBLE = {"Look at the certificates"}
# Nobody listens there.
GONE = {
    "ansible_host": "127.0.0.1",
    "ansible_port": 1,
    "ansible_ssh_common_args": "-o BatchMode=yes",
    "then": "true",
}
HERE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": sys.executable,
    "then": "true",
}


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


def goes_on(folder: Path, form: dict[str, Any], first: dict[str, Any], strategy: str) -> list[str]:
    """Return the hosts that were touched although the first failed; `later` has a play of its own."""
    hosts = {"first": first, "second": HERE, "later": HERE}
    touch = {
        "ansible.builtin.raw": f"touch {folder}/{{{{ inventory_hostname }}}} && {{{{ then }}}}"
    }
    play = {"gather_facts": False, "tasks": [touch]}
    written = [{**play, **form, "hosts": "first,second"}, {**play, "hosts": "later"}]
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    (folder / "playbook.yml").write_text(json.dumps(written))
    (folder / "ansible.cfg").touch()
    command = Path(sys.executable).with_name("ansible-playbook")
    said = subprocess.run(
        [command, "--inventory", "hosts.yml", "playbook.yml"],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": "ansible.cfg",
            "ANSIBLE_STRATEGY": strategy,
            "ANSIBLE_STRATEGY_PLUGINS": str(STRATEGIES),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert re.search(r"first .* (unreachable|failed)=1 ", said.stdout), said.stdout + said.stderr
    assert said.returncode != 0
    return [host for host in ("second", "later") if (folder / host).exists()]


@pytest.mark.parametrize("strategy", ["linear", "mitogen_linear"])
@pytest.mark.parametrize("form", [form for form in forms() if "ignore_unreachable" not in form])
def test_a_host_that_cannot_be_reached_ends_it(
    tmp_path: Path, form: dict[str, Any], strategy: str
) -> None:
    """With `any_errors_fatal` alone such a host counts twice, its batch is never the whole one that
    failed, and what comes after begins.
    """
    touched = goes_on(tmp_path, form, GONE, strategy)
    # In one batch, the others may have begun the task that the host was asked for.
    assert touched == [] if "serial" in form else "later" not in touched


@pytest.mark.parametrize("form", [form for form in forms() if "ignore_unreachable" not in form])
def test_a_host_that_fails_ends_it(tmp_path: Path, form: dict[str, Any]) -> None:
    touched = goes_on(tmp_path, form, {**HERE, "then": "false"}, "mitogen_linear")
    assert touched == [] if "serial" in form else "later" not in touched


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
