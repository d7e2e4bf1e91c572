"""The derived document and Ansible's variables in, facts of the services out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.release.facts import shared

GROUPS = {"broker": ["b1", "b2"], "database": ["d1"], "cache": ["c1"]}
DOCUMENT: dict[str, Any] = {
    "broker": {"vhost": "shop-lab"},
    "database": {"name": "shop", "user": "shop"},
    "cache": {"user": "shop", "secret": "cache.password"},
    "external": {},
    "site": {"url": "http://shop"},
}
CA = {"tls": {"ca": "/etc/celeriac/tls/ca.crt"}}
ROWS: list[tuple[str, dict[str, Any], dict[str, dict[str, Any]], dict[str, Any]]] = [
    ("broker", {}, {}, {"vhost": "shop-lab", "hosts": ["b1", "b2"], "port": 5671, **CA}),
    ("database", {}, {}, {"name": "shop", "user": "shop", "host": "d1", "port": 5432, **CA}),
    (
        "cache",
        {},
        {"c1": {"redis_port": "6390"}},
        {"user": "shop", "secret": "cache.password", "host": "c1", "port": 6390, **CA},
    ),
    ("database", {"database": None}, {}, {}),
    (
        "broker",
        {"external": {"broker": {"hosts": ["mq"], "port": 5672, "user": "admin", "ca": None}}},
        {},
        {"vhost": "shop-lab", "hosts": ["mq"], "port": 5672},
    ),
    (
        "cache",
        {"external": {"cache": {"host": "redis", "port": 6380, "user": "u7", "ca": "/etc/ca"}}},
        {},
        {
            "user": "u7",
            "secret": "cache.password",
            "host": "redis",
            "port": 6380,
            "tls": {"ca": "/etc/ca"},
        },
    ),
    (
        "database",
        {"external": {"database": {"host": "pg", "port": 5432, "user": "admin", "ca": "/etc/ca"}}},
        {},
        {"name": "shop", "user": "shop", "host": "pg", "port": 5432, "tls": {"ca": "/etc/ca"}},
    ),
]


@pytest.mark.parametrize(("service", "changes", "variables", "expected"), ROWS)
def test_service(
    service: str,
    changes: dict[str, Any],
    variables: dict[str, dict[str, Any]],
    expected: dict[str, Any],
) -> None:
    hostvars = {host: variables.get(host, {}) for hosts in GROUPS.values() for host in hosts}
    assert shared(DOCUMENT | changes, GROUPS, hostvars, {}, {})[service] == expected


def test_the_rest_is_passed_on() -> None:
    found = shared(
        DOCUMENT | {"database": None, "cache": None, "site": None},
        GROUPS,
        {"b1": {}},
        {"host": "mail1", "port": 25},
        {"secret.key": "k"},
    )
    assert found["mail"] == {"host": "mail1", "port": 25}
    assert found["secrets"] == {"secret.key": "k"}
    assert found["site"] == {}
