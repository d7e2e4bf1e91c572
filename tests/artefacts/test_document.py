"""Description and inventory in, the derived document out."""

from __future__ import annotations

import json
from typing import Any

from celeriac.derive.document import build
from celeriac.description.model import Description
from tests.descriptions import HOSTED, REMOVED, SHOP, changed, describe, inventory

WHERE = inventory(
    {"two": {"mail": 2}, "three": {"bulk": 1, "mail": 1}}, web=["one", "two"], beat=["two"]
)


def document(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = build(describe(**changes), WHERE)["celeriac"]
    return found


def test_is_json() -> None:
    assert json.loads(json.dumps(document())) == document()


def test_names() -> None:
    names = ("application", "environment", "level", "user", "root", "configuration")
    assert [document()[name] for name in names] == [
        "shop",
        "test",
        "integrated",
        "shop",
        "/srv/shop",
        "/etc/celeriac/shop",
    ]


def test_build() -> None:
    changes = {
        "code__packages": ["uvicorn"],
        "code__apt": {"build": ["gcc"], "run": ["libpq5"]},
        "django__static": True,
    }
    assert document(**changes)["build"] == {
        "python": "3.13",
        "requirements": "requirements.txt",
        "packages": ["uvicorn"],
        "apt_build": ["gcc"],
        "apt_run": ["libpq5"],
        "static": True,
        "settings": "shop.settings",
        "manage": ["python", "manage.py"],
        "digest": None,
        "archive": None,
    }


def test_units_by_host() -> None:
    hosts = {
        name: [
            (process["name"], process["unit"], process["template"]) for process in host["processes"]
        ]
        for name, host in document()["hosts"].items()
    }
    web = ("web", "web-shop", "web@.service")
    bulk = ("pool-bulk", "celery-shop-bulk-1", "celery-worker@.service")
    mail = ("pool-mail", "celery-shop-mail-1", "celery-worker@.service")
    assert hosts == {
        "one": [web],
        "three": [bulk, mail],
        "two": [
            web,
            ("beat", "beat-shop", "celery-beat@.service"),
            mail,
            ("pool-mail", "celery-shop-mail-2", "celery-worker@.service"),
        ],
    }


def test_process() -> None:
    [process, *_] = document(pools__mail__time_limit=60)["hosts"]["two"]["processes"][2:]
    files = [(file["path"], file["mode"], file["owner"]) for file in process.pop("files")]
    assert files == [
        ("/etc/celeriac/shop/celery-shop-mail-1/environment", "0600", "root"),
        ("/etc/systemd/system/celery-shop-mail-1@.service.d/celeriac.conf", "0644", "root"),
    ]
    assert process == {
        "name": "pool-mail",
        "kind": "worker",
        "unit": "celery-shop-mail-1",
        "template": "celery-worker@.service",
        "credentials": {
            "directory": "/etc/celeriac/shop/celery-shop-mail-1/credentials",
            "values": {"BROKER_URL": "broker.url", "SECRET_KEY": "secret.key"},
        },
        "broker": {"user": "shop-pool-mail", "secret": "broker.pool-mail"},
        "start_timeout": 90,
        "stop_timeout": 90,
    }


def test_without_time_limit_a_stop_waits_for_the_task() -> None:
    assert document()["hosts"]["three"]["processes"][0]["stop_timeout"] is None


def test_services_and_secrets() -> None:
    uses = {"connections__C": "cache.url", "connections__D": "database.url"}
    found = document(**uses, cache={"key_prefix": "shop:"})
    assert found["broker"]["vhost"] == "shop-test"
    assert found["database"] == {"name": "shop", "user": "shop", "secret": "database.password"}
    assert found["cache"] == {"user": "shop", "secret": "cache.password", "keys": "~shop:*"}
    assert document(**uses)["cache"]["keys"] == "~*"
    assert found["secrets"] == [
        "broker.web",
        "broker.beat",
        "broker.pool-mail",
        "broker.pool-bulk",
        "database.password",
        "cache.password",
        "secret.key",
    ]


def test_what_no_connection_uses_is_not_made() -> None:
    found = document()
    assert (found["database"], found["cache"]) == (None, None)
    assert {"database.password", "cache.password"}.isdisjoint(found["secrets"])
    found = document(step_connections={"ADMIN": "database.url"})
    assert (found["database"]["name"], found["cache"]) == ("shop", None)


def test_web() -> None:
    found = document(web__health={"path": "/ok", "codes": [200, 204], "host": "h"})
    assert found["site"] == {"names": ["shop"], "port": 80, "url": "http://shop"}
    assert found["web_health"] == {"path": "/ok", "host": "h", "codes": [200, 204], "within": 30}
    assert found["web_socket"] == "/run/web-shop/%i/gunicorn.sock"


def test_without_web() -> None:
    description = Description.model_validate(changed(SHOP, {"web": REMOVED}))
    found = build(description, WHERE)["celeriac"]
    assert (found["site"], found["web_health"], found["web_socket"]) == (None, None, None)
    assert "one" not in found["hosts"]
    assert found["steps_process"]["broker"]["user"] == "shop-beat"


def test_steps() -> None:
    step = {"name": "migrate", "command": ["python", "manage.py", "migrate"]}
    found = document(steps=[step, {**step, "when": "install", "timeout": 9, "exit_codes": [0, 3]}])
    argv = {"name": "migrate", "argv": ["python", "manage.py", "migrate"]}
    assert found["steps"] == [
        {**argv, "when": "every", "timeout": 300, "exit_codes": [0]},
        {**argv, "when": "install", "timeout": 9, "exit_codes": [0, 3]},
    ]
    process = found["steps_process"]
    assert (process["kind"], process["unit"]) == ("step", "step-shop")
    assert process["broker"] == {"user": "shop-web", "secret": "broker.web"}
    assert [file["path"] for file in process["files"]] == [
        "/etc/celeriac/shop/step-shop/environment"
    ]
    assert process["environment"] == {
        "CELERIAC_PROCESS": "web",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }


def test_only_steps_see_the_connections_of_the_steps() -> None:
    found = document(step_connections={"ADMIN": "secret.key"})
    assert found["steps_process"]["credentials"]["values"]["ADMIN"] == "secret.key"
    processes = [process for host in found["hosts"].values() for process in host["processes"]]
    assert processes
    assert not [process for process in processes if "ADMIN" in process["credentials"]["values"]]


def test_hosted_has_no_runtime_document() -> None:
    found = build(Description.model_validate(changed(SHOP, HOSTED)), WHERE)["celeriac"]
    assert found["runtime"] is None


def test_two_applications_with_a_pool_of_the_same_name_share_nothing() -> None:
    def names(application: str) -> set[str]:
        where = inventory({}, web=["one"], beat=["one"])
        for variables in where.hosts.values():
            variables["celeriac_pools"] = {application: {"mail": 1}}
        found = build(describe(application=application), where)["celeriac"]
        processes = found["hosts"]["one"]["processes"]
        return {
            found["broker"]["vhost"],
            found["root"],
            *(user["name"] for user in found["broker"]["objects"]["users"]),
            *(process["unit"] for process in processes),
            *(file["path"] for process in processes for file in process["files"]),
        }

    assert not names("shop") & names("minimal")
