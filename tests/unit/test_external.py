"""External services: what an inventory may say of them, and what hosts and vault make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.derive import document
from celeriac.description.problems import InputError
from celeriac.description.together import load_both
from celeriac.release.facts import shared
from tests.descriptions import REMOVED, write

FILE = "inventories/test/hosts.yml"
BROKER = {
    "hosts": ["mq1.example.org", "mq2.example.org"],
    "port": 5671,
    "management": "https://mq.example.org:15671",
    "user": "root",
    "tls": True,
}
DATABASE = {"host": "db.example.org", "port": 5432, "user": "root", "tls": True, "ca": "db.pem"}
CACHE = {"host": "cache.example.org", "port": 6379, "user": "default", "tls": False}
BOTH = {"broker": BROKER, "database": DATABASE}


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "inventories" / "test"
    folder.mkdir(parents=True)
    (folder / "db.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    (folder / "empty.pem").write_text("")


def hosts(external: Any, **changes: Any) -> dict[str, Any]:
    absent = {"children/broker": REMOVED, "children/database": REMOVED}
    return {**absent, "vars/celeriac_external": external, **changes}


def problems(external: Any, **changes: Any) -> list[str]:
    write(Path(), hosts=hosts(external, **changes))
    try:
        load_both(Path("celeriac.yml"), "test", Path("inventories"))
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


def derived(external: Any) -> dict[str, Any]:
    connections = {"connections/CACHE_URL": "cache.url", "cache": {"key_prefix": "shop:"}}
    write(Path(), connections, hosts=hosts(external))
    found = load_both(Path("celeriac.yml"), "test", Path("inventories"))
    return document.build(*found)["celeriac"]


def test_services_elsewhere_need_no_hosts() -> None:
    assert problems(BOTH) == []


@pytest.mark.parametrize(
    ("service", "changes", "expected"),
    [
        ("queue", {}, "/queue: no service of this name can be external. Known here: broker, cache, database."),
        ("database", {"prot": 5}, "/database: should have exactly host, port, user, tls, and may have ca. Correct it."),
        ("database", {"host": 7}, "/database/host: should be a host name or an address. Write one."),
        ("database", {"port": "5432"}, "/database/port: '5432' is not a port. Write a number up to 65535."),
        ("database", {"user": None}, "/database/user: should be the name of a user. Write one."),
        ("database", {"tls": "yes"}, "/database/tls: should be true or false. Write true."),
        ("database", {"tls": False}, "/database/ca: means nothing without tls. Write tls: true, or remove it."),
        (
            "database",
            {"ca": "empty.pem"},
            "/database/ca: inventories/test/empty.pem holds no certificate (PEM). "
            "Name a file beside hosts.yml, or remove ca where public authorities signed.",
        ),
        ("broker", {"hosts": "mq"}, "/broker/hosts: should be a list of host names. Write [mq.example.org]."),
        (
            "broker",
            {"management": "http://mq:15672"},
            "/broker/management: 'http://mq:15672' is not the URL of a management API with TLS. "
            "Write https://mq.example.org:15671.",
        ),
    ],
)  # fmt: skip
def test_wrong(service: str, changes: dict[str, Any], expected: str) -> None:
    external = {**BOTH, service: {**BOTH.get(service, {}), **changes}}
    assert problems(external) == [f"{FILE}, celeriac_external{expected}"]


def test_a_service_is_ours_or_somebody_elses() -> None:
    found = problems(BOTH, **{"children/broker": {"hosts": {"one": None}}})
    assert found == [
        f"{FILE}, celeriac_external/broker: the group 'broker' has hosts too: one. Keep one of them."
    ]


def test_the_secrets_of_others_are_given_not_generated() -> None:
    found = derived({**BOTH, "cache": CACHE})
    assert found["secrets_given"] == [
        "environment/broker_password",
        "environment/database_password",
        "applications/shop/cache.password",
    ]
    assert "cache.password" not in found["secrets"]
    assert "database.password" in found["secrets"]  # the owner's, which the deploy creates there


def test_each_is_known_by_its_own_authorities() -> None:
    found = derived({**BOTH, "cache": CACHE})
    facts = shared(found, {}, {}, {}, {})
    assert facts["broker"]["hosts"] == BROKER["hosts"]
    assert facts["broker"]["tls"] == {"ca": "/etc/ssl/certs/ca-certificates.crt"}
    assert facts["database"]["host"] == "db.example.org"
    assert facts["database"]["tls"] == {"ca": "/etc/celeriac/tls/database-ca.crt"}
    assert facts["cache"]["user"] == "default"
    assert "tls" not in facts["cache"]
