"""Description and inventory in, the derived document out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from celeriac.derive.document import build
from celeriac.description.model import Description
from tests.artefacts.documents import DIRECT, WHERE, document
from tests.descriptions import HOSTED, REMOVED, SHOP, changed, describe, inventory


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
        "celery": "shop.celery",
        "digest": None,
        "archive": None,
    }


@pytest.mark.parametrize(
    ("changes", "limits"),
    [
        ({}, {"keep": 5, "draining": 2}),
        ({"releases": {"keep": 2, "draining": 1}}, {"keep": 2, "draining": 1}),
    ],
)
def test_how_many_releases_stay(changes: dict[str, Any], limits: dict[str, int]) -> None:
    assert document(**changes)["releases"] == limits


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
    relay = ("relay", "relay-shop", "outbox-relay@.service")
    assert hosts == {
        "four": [relay],
        "one": [web],
        "three": [relay, bulk, mail],
        "two": [
            web,
            ("beat", "beat-shop", "celery-beat@.service"),
            mail,
            ("pool-mail", "celery-shop-mail-2", "celery-worker@.service"),
        ],
    }


def test_process() -> None:
    found = process("pool-mail", pools__mail__time_limit=60)
    files = [(file["path"], file["mode"], file["owner"]) for file in found.pop("files")]
    assert files == [
        ("/etc/celeriac/shop/celery-shop-mail-1/environment", "0600", "root"),
        ("/etc/systemd/system/celery-shop-mail-1@.service.d/celeriac.conf", "0644", "root"),
    ]
    assert found == {
        "name": "pool-mail",
        "kind": "worker",
        "unit": "celery-shop-mail-1",
        "template": "celery-worker@.service",
        "credentials": {
            "directory": "/etc/celeriac/shop/celery-shop-mail-1/credentials",
            "values": {
                "BROKER_URL": "broker.url",
                "DATABASE_URL": "database.url",
                "SECRET_KEY": "secret.key",
            },
        },
        "broker": {"user": "shop-pool-mail", "secret": "broker.pool-mail"},
        "database": {"user": "shop-pool-mail", "secret": "database.pool-mail"},
        "start_timeout": 90,
        "stop_timeout": 90,
        "proof": {
            "connection": "mail-1@three",
            "queues": ["mail"],
            "canary": "canary-mail-three-1",
        },
        "overlap": True,
        "memory": 256 * 1024 * 1024,
    }


def process(name: str, **changes: Any) -> dict[str, Any]:
    hosts = document(**changes)["hosts"].values()
    return next(one for host in hosts for one in host["processes"] if one["name"] == name)


def test_who_is_via_the_outbox_has_no_broker() -> None:
    for name in ("web", "beat"):
        found = process(name)
        assert found["broker"] is None
        assert found["database"] == {"user": f"shop-{name}", "secret": f"database.{name}"}
        assert "BROKER_URL" not in found["credentials"]["values"]
    direct = process("web", web__via="direct")
    assert direct["broker"] == {"user": "shop-web", "secret": "broker.web"}
    assert direct["credentials"]["values"]["BROKER_URL"] == "broker.url"


def test_relay() -> None:
    found = process("relay")
    assert (found["kind"], found["stop_timeout"]) == ("relay", 30)
    assert found["broker"] == {"user": "shop-relay", "secret": "broker.relay"}
    assert found["database"] == {"user": "shop-relay", "secret": "database.relay"}


def test_without_an_outbox_no_relay_runs() -> None:
    found = document(**DIRECT)
    names = {one["name"] for host in found["hosts"].values() for one in host["processes"]}
    assert names == {"web", "beat", "pool-mail", "pool-bulk"}
    assert "broker.relay" not in found["secrets"]


def test_without_time_limit_a_stop_waits_for_the_task() -> None:
    assert process("pool-bulk")["stop_timeout"] is None


def test_services_and_secrets() -> None:
    uses = {"connections__C": "cache.url", "connections__D": "database.url"}
    found = document(**uses, cache={"key_prefix": "shop:"})
    assert found["broker"]["vhost"] == "shop-test"
    assert found["database"] == {
        "name": "shop",
        "user": "shop",
        "secret": "database.password",
        "group": "shop-processes",
        "roles": [
            {"name": f"shop-{process}", "secret": f"database.{process}"}
            for process in ("web", "beat", "pool-mail", "pool-bulk", "relay")
        ],
    }
    assert found["cache"] == {"user": "shop", "secret": "cache.password", "keys": "~shop:*"}
    assert document(**uses)["cache"]["keys"] == "~*"
    assert found["secrets"] == [
        "broker.pool-mail",
        "broker.pool-bulk",
        "broker.relay",
        "broker.operations",
        "database.password",
        "database.web",
        "database.beat",
        "database.pool-mail",
        "database.pool-bulk",
        "database.relay",
        "cache.password",
        "secret.key",
    ]


def test_what_no_connection_uses_is_not_made() -> None:
    without = {**DIRECT, "connections__DATABASE_URL": REMOVED}
    found = document(**without)
    assert (found["database"], found["cache"]) == (None, None)
    assert [name for name in found["secrets"] if not name.startswith("broker.")] == ["secret.key"]
    assert {one["database"] for host in found["hosts"].values() for one in host["processes"]} == {
        None
    }
    found = document(**without, step_connections={"ADMIN": "database.url"})
    assert (found["database"]["name"], found["cache"]) == ("shop", None)


def test_hosted_has_the_owner_of_its_database_alone() -> None:
    found = build(Description.model_validate(changed(SHOP, HOSTED)), WHERE)["celeriac"]
    owner = {"user": "shop", "secret": "database.password"}
    assert found["database"] == {"name": "shop", **owner, "group": None, "roles": []}
    processes = [one for host in found["hosts"].values() for one in host["processes"]]
    assert all(one["database"] == owner and one["broker"] for one in processes)


def test_web() -> None:
    found = document(web__health={"path": "/ok", "codes": [200, 204], "host": "h"})
    assert found["site"] == {"names": ["shop"], "port": 80, "url": "https://shop"}
    assert found["web_health"] == {"path": "/ok", "host": "h", "codes": [200, 204], "within": 30}
    assert found["web_socket"] == "/run/web-shop/%i/gunicorn.sock"


def test_without_web() -> None:
    description = Description.model_validate(changed(SHOP, {"web": REMOVED}))
    found = build(description, WHERE)["celeriac"]
    assert (found["site"], found["web_health"], found["web_socket"]) == (None, None, None)
    assert "one" not in found["hosts"]


OURS = "celeriac.scheduling.scheduler:DatabaseScheduler"


@pytest.mark.parametrize(("changes", "overlap"), [({}, False), ({"beat__scheduler": OURS}, True)])
def test_beats_of_two_releases_overlap_if_one_of_them_leads(
    changes: dict[str, Any], overlap: bool
) -> None:
    assert document(**changes)["beat_overlaps"] is overlap


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
