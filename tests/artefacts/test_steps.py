"""Release steps and operators' commands: what they are run as, and where."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive.document import build
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from tests.artefacts.documents import DIRECT, WHERE, document
from tests.descriptions import HOSTED, REMOVED, SHOP, changed, describe, inventory


def test_steps() -> None:
    step = {"name": "migrate", "command": ["python", "manage.py", "migrate"]}
    found = document(steps=[step, {**step, "when": "install", "timeout": 9, "exit_codes": [0, 3]}])
    argv = {"name": "migrate", "argv": ["python", "manage.py", "migrate"]}
    assert found["steps"] == [
        {**argv, "when": "every", "timeout": 300, "exit_codes": [0]},
        {**argv, "when": "install", "timeout": 9, "exit_codes": [0, 3]},
    ]
    process = found["steps_process"]
    assert (process["name"], process["kind"], process["unit"]) == (
        "operations",
        "step",
        "step-shop",
    )
    assert process["broker"] == {"user": "shop-operations", "secret": "broker.operations"}
    assert process["database"] == {"user": "shop", "secret": "database.password"}
    assert [file["path"] for file in process["files"]] == [
        "/etc/celeriac/shop/step-shop/environment"
    ]
    assert process["environment"] == {
        "CELERIAC_CA": "/etc/celeriac/tls/ca.crt",
        "CELERIAC_PROCESS": "operations",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }


WITHOUT_BEAT = {key: value for key, value in DIRECT.items() if key != "beat__via"}
HOSTS_OF_STEPS: list[tuple[dict[str, Any], Inventory, str]] = [
    ({}, WHERE, "four"),
    (DIRECT, WHERE, "two"),
    ({**WITHOUT_BEAT, "beat": REMOVED}, WHERE, "three"),
    ({"pools": {}, "beat": REMOVED, "web__via": "direct"}, inventory({}, web=["one"]), "one"),
]


@pytest.mark.parametrize(("changes", "where", "host"), HOSTS_OF_STEPS)
def test_steps_run_where_a_relay_runs_else_beat_else_a_worker_else_web(
    changes: dict[str, Any], where: Inventory, host: str
) -> None:
    found = build(describe(**changes), where)["celeriac"]
    assert found["steps_process"]["host"] == host


def test_hosted_steps_run_as_another_process() -> None:
    changes = HOSTED | {"web": REMOVED, "web/publishes": REMOVED}
    found = build(Description.model_validate(changed(SHOP, changes)), WHERE)["celeriac"]
    process = found["steps_process"]
    assert (process["name"], process["host"]) == ("beat", "two")
    assert process["broker"]["user"] == "shop-beat"


def test_only_steps_see_the_connections_of_the_steps() -> None:
    found = document(step_connections={"ADMIN": "secret.key"})
    assert found["steps_process"]["credentials"]["values"]["ADMIN"] == "secret.key"
    processes = [process for host in found["hosts"].values() for process in host["processes"]]
    assert processes
    assert not [process for process in processes if "ADMIN" in process["credentials"]["values"]]
