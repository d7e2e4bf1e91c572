"""How a release is built and its steps are run, as text."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from celeriac.release import build, steps

TARGET = "/srv/shop/releases/r1"


def test_the_environment_is_made_from_the_lock_with_hashes() -> None:
    wanted = {"python": "3.13", "requirements": "lock.txt", "packages": ["shop-extras>1"]}
    assert build.environment_commands(wanted, "/tools/uv", TARGET) == [
        f"/tools/uv venv --quiet --python /usr/bin/python3.13 {TARGET}/venv",
        f"/tools/uv pip install --quiet --python {TARGET}/venv/bin/python --compile-bytecode "
        f"--require-hashes --requirement {TARGET}/requirements.txt",
        f"/tools/uv pip install --quiet --python {TARGET}/venv/bin/python --compile-bytecode "
        "'shop-extras>1'",
        f"cp --recursive {TARGET}/kit/celeriac {TARGET}/venv/lib/python3.13/site-packages",
        f"rm --recursive {TARGET}/kit",
        f"{TARGET}/venv/bin/python -m compileall -q "
        f"{TARGET}/venv/lib/python3.13/site-packages/celeriac {TARGET}/app",
    ]


def test_a_command_is_looked_up_in_the_release() -> None:
    assert build.argv(["python", "manage.py"], TARGET) == [f"{TARGET}/venv/bin/python", "manage.py"]
    assert build.argv(["/usr/bin/env"], TARGET) == ["/usr/bin/env"]


DOCUMENT: dict[str, Any] = {
    "application": "shop",
    "user": "shop",
    "root": "/srv/shop",
    "level": "hosted",
    "runtime": {},
    "steps": [{"name": "migrate"}],
    "steps_process": {
        "name": "web",
        "kind": "step",
        "host": "two",
        "files": [{"path": "/etc/celeriac/shop/step-shop/environment"}],
        "credentials": {
            "directory": "/etc/celeriac/shop/step-shop/credentials",
            "values": {"DATABASE_URL": "database.url"},
        },
    },
    "hosts": {
        "one": {"processes": [{"name": "pool-mail", "kind": "worker"}]},
        "two": {"processes": [{"name": "web", "kind": "web"}]},
        "three": {"processes": [{"name": "web", "kind": "web"}]},
    },
}


def test_a_step_gets_its_secrets_as_credentials() -> None:
    found = steps.properties({**DOCUMENT, "runtime": {"celery": {}}}, "r1")
    credential = "/etc/celeriac/shop/step-shop/credentials/DATABASE_URL"
    assert f"LoadCredential=DATABASE_URL:{credential}" in found
    assert "User=shop" in found
    assert f"WorkingDirectory={TARGET}/app" in found
    assert f"Environment=CELERIAC_RUNTIME={TARGET}/celeriac.json" in found


STEPS = [
    ({}, ["two"]),
    ({"steps": []}, []),
    # Operators' commands run there too.
    ({"steps": [], "level": "integrated"}, ["two"]),
    ({"steps_process": None}, []),
]


@pytest.mark.parametrize(("changes", "hosts"), STEPS)
def test_steps_run_on_one_host(changes: dict[str, Any], hosts: list[str]) -> None:
    document = copy.deepcopy(DOCUMENT) | changes
    steps.place(document)
    assert steps.hosts_by_kind(document) == {
        "step": hosts,
        "relay": [],
        "worker": ["one"],
        "web": ["two", "three"],
        "beat": [],
    }


@pytest.mark.parametrize(("seconds", "said"), [(5, ["--lock_timeout=5s"]), (0, [])])
def test_a_steps_statements_wait_for_locks_as_long_as_is_said(
    seconds: int, said: list[str]
) -> None:
    found = steps.properties(DOCUMENT, "r1", seconds)
    prefix = "Environment=PGOPTIONS="
    assert [one.removeprefix(prefix) for one in found if one.startswith(prefix)] == said
