"""The play that takes rights away, run by Ansible with modules that only say what they were asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ANSIBLE = Path(__file__).parents[3] / "deploy" / "ansible"
NEW, OLD = "20261122-new", "20261121-old"
HERE = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
MODULE = """
import json, pathlib
from ansible.module_utils.basic import AnsibleModule
given = {{name: {{"type": "raw", "no_log": False}} for name in {names}}}
module = AnsibleModule(argument_spec=given, supports_check_mode=True)
with pathlib.Path({told!r}).open("a") as file:
    file.write(json.dumps([{name!r}, module.check_mode, module.params]) + "\\n")
module.exit_json(changed={changed}, **{result})
"""
MAIL = {
    "unit": "celery-shop-mail-1",
    "kind": "worker",
    "database": {"user": "shop-pool-mail", "secret": "database.pool-mail"},
}
DOCUMENT: dict[str, Any] = {
    "application": "shop",
    "level": "integrated",
    "root": "/srv/shop",
    "state": "/var/lib/celeriac/shop",
    "external": {},
    "only": None,
    "application_hosts": ["worker1"],
    "build": {"known": {"release": NEW}},
    "hosts": {"worker1": {"processes": [MAIL]}},
    "steps_process": None,
    "broker": {"objects": {"users": [], "permissions": [], "topic_permissions": []}},
    "database": {"name": "shop", "user": "shop", "secret": "d", "group": "shops", "roles": []},
}
OWN = f"celery-shop-mail-1@{NEW}.service active"


@dataclass(frozen=True)
class Played:
    """``told`` are the modules that were run and whether in check mode, ``given`` their arguments."""

    text: str
    code: int
    told: list[tuple[str, bool]]
    given: list[dict[str, Any]]


def play(
    folder: Path,
    kept: list[str],
    *running: str,
    check: bool = False,
    said: str = "__rabbitmq_plan",
    **more: Any,
) -> Played:
    """Run it after a provisioning that left ``kept``, as the variable ``said`` tells.

    ``running`` are worker1's instances with their states.
    """
    told, library = folder / "told", folder / "library"
    told.touch()
    library.mkdir()
    shutil.copy(ANSIBLE / "plugins/modules/celeriac_verdict.py", library)
    instances = {name: {"state": state} for name, state in (one.split() for one in running)}
    stub(library, "celeriac_standing", ("application", "root", "state"), told, instances=instances)
    asked = ("url", "ca", "username", "password", "objects", "secrets", "complete", "keep")
    stub(library, "rabbitmq_objects", asked, told, changed=True)
    stub(library, "celeriac_files", ("files",), told, changed=True, written=["rules"])
    stub(library, "celeriac_services", ("services", "written"), told)
    hosts = {"broker1": HERE, "worker1": HERE, "build1": HERE}
    groups = {"broker": {"hosts": {"broker1": {}}}, "build": {"hosts": {"build1": {}}}}
    (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts, "children": groups}}))
    found = {"ansible.builtin.set_fact": {said: {"kept": kept}}}
    before = {"hosts": "broker", "gather_facts": False, "tasks": [found]}
    (folder / "before.yml").write_text(json.dumps([before]))
    secrets = {"environment": {"rabbitmq_admin_password": "x"}, "applications": {"shop": {}}}
    variables = {
        "celeriac": {**DOCUMENT, **more},
        "celeriac_secrets": secrets,
        "ansible_become": False,
    }
    (folder / "variables.json").write_text(json.dumps(variables))
    words = ["--inventory", "hosts.yml", "--extra-vars", "@variables.json"]
    words += [*(["--check"] if check else []), "before.yml", str(ANSIBLE / "rights.yml")]
    ran = run(folder, *words)
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    return Played(
        ran.stdout + ran.stderr,
        ran.returncode,
        [(name, was) for name, was, _ in lines],
        [given for _, _, given in lines],
    )


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), *words],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"),
            "ANSIBLE_LIBRARY": str(folder / "library"),
            "ANSIBLE_STRATEGY": "linear",
            "PYTHONPATH": str(ANSIBLE.parents[1]),
            "ANSIBLE_LOG_PATH": str(folder / "log"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def stub(
    library: Path,
    name: str,
    names: tuple[str, ...],
    told: Path,
    changed: bool = False,
    **result: Any,
) -> None:
    text = MODULE.format(names=names, told=str(told), name=name, changed=changed, result=result)
    (library / f"{name}.py").write_text(text)


def test_nothing_is_asked_where_nothing_was_left(tmp_path: Path) -> None:
    said = play(tmp_path, [])
    assert (said.code, said.told) == (0, []), said.text


@pytest.mark.parametrize("check", [False, True])
def test_it_is_taken_away_when_nothing_else_runs(tmp_path: Path, check: bool) -> None:
    said = play(tmp_path, ["permission shop-web"], OWN, check=check)
    assert said.code == 0, said.text
    assert said.told == [("celeriac_standing", check), ("rabbitmq_objects", check)]
    assert said.given[1]["keep"] is None
    assert "Take it away at the broker" in said.text


def test_the_database_gets_the_rules_of_the_release_alone(tmp_path: Path) -> None:
    said = play(tmp_path, ["rules"], OWN, said="__postgresql_files")
    assert said.code == 0, said.text
    modules = [name for name, _ in said.told]
    assert modules == ["celeriac_standing", "celeriac_files", "celeriac_services"]
    *_, rules = said.given[1]["files"]
    assert "\nhostssl shop shop-pool-mail,shop-pool-mail.b worker1 " in rules["content"]
    assert rules["keep"] == ""
    assert said.given[2]["written"] == ["rules"]


@pytest.mark.parametrize(
    ("role", "variable", "keys", "pattern"),
    [
        ("postgresql", "__postgresql_access[1]", "", "\nhostssl .+"),
        ("redis", "__redis_users[1]", "~shop:*", r" [~&]\S+"),
        ("redis", "__redis_users[1]", "~*", ""),
    ],
)
def test_what_provisioning_leaves_of_a_file(
    tmp_path: Path, role: str, variable: str, keys: str, pattern: str
) -> None:
    """As the module gets it: a pattern may change on its way through YAML and templates."""
    told, library = tmp_path / "told", tmp_path / "library"
    library.mkdir()
    stub(library, "celeriac_files", ("files",), told)
    given = {"path": "/x", "content": "", "keep": f"{{{{ {variable}.keep }}}}"}
    variables = {
        "redis_keep": True,
        "redis_administrator": "admin",
        "redis_administrator_password": "x",
        "redis_user": {"name": "shop", "passwords": ["x"], "key_pattern": keys},
        "postgresql_keep": True,
        "postgresql_database": DOCUMENT["database"],
        "postgresql_clients": {},
    }
    written = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": variables,
        "vars_files": [str(ANSIBLE / "roles" / role / "vars" / "main.yml")],
        "tasks": [{"celeriac_files": {"files": [given]}}],
    }
    # Where the role itself would look.
    (tmp_path / "templates").symlink_to(ANSIBLE / "roles" / "postgresql" / "templates")
    (tmp_path / "playbook.yml").write_text(json.dumps([written]))
    ran = run(tmp_path, "--inventory", "localhost,", "--connection", "local", "playbook.yml")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ((_, _, params),) = (json.loads(line) for line in told.read_text().splitlines())
    assert params["files"][0]["keep"] == pattern


def test_it_stays_for_what_still_finishes_its_work(tmp_path: Path) -> None:
    name = f"celery-shop-mail-1@{OLD}.service"
    said = play(tmp_path, ["permission shop-web"], f"{name} deactivating")
    assert said.code == 0, said.text
    assert said.told == [("celeriac_standing", False)] * 6
    told = f"(broker1: permission shop-web), because worker1: {name} still finishes its work."
    assert told in " ".join(said.text.split())


@pytest.mark.parametrize("how", [{"only": ["worker2"]}, {"check": True}])
def test_who_goes_on_is_not_waited_for(tmp_path: Path, how: dict[str, Any]) -> None:
    """A canary, or check mode, which starts nothing new."""
    old = f"celery-shop-mail-1@{OLD}.service active"
    said = play(tmp_path, ["permission shop-web"], old, **how)
    assert said.code == 0, said.text
    assert said.told == [("celeriac_standing", "check" in how)]
    assert "A deploy takes it away when that is over." in " ".join(said.text.split())
