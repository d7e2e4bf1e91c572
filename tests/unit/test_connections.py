"""Expression and facts in, the value that reaches the process out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive.connections import UnknownValue, facts_for, value

SHARED: dict[str, Any] = {
    "broker": {"hosts": ["broker1"], "port": 5672, "vhost": "shop-lab"},
    "database": {"host": "db1", "port": 5432, "name": "shop", "user": "shop"},
    "cache": {"host": "fd00::7", "port": 6379, "user": "shop"},
    "mail": {"host": "mail1", "port": 25},
    "site": {"url": "https://shop.example", "names": ["shop.example", "192.0.2.7"]},
    "secrets": {
        "broker.web": "a/b@c:d",
        "database.web": "p%w #?",
        "database.password": "the owner's",
        "cache.password": "é",
        "secret.key": "k'\"$",
    },
}
WEB = {
    "broker": {"user": "shop-web", "secret": "broker.web"},
    "database": {"user": "shop-web", "secret": "database.web"},
}
ROWS = [
    ("broker.url", "amqp://shop-web:a%2Fb%40c%3Ad@broker1:5672/shop-lab"),
    ("database.url", "postgres://shop-web:p%25w%20%23%3F@db1:5432/shop"),
    ("database.host", "db1"),
    ("database.port", "5432"),
    ("database.name", "shop"),
    ("database.user", "shop-web"),
    ("database.password", "p%w #?"),
    ("cache.url", "redis://shop:%C3%A9@[fd00::7]:6379/0"),
    ("mail.host", "mail1"),
    ("mail.port", "25"),
    ("site.url", "https://shop.example"),
    ("site.names", "shop.example,192.0.2.7"),
    ("secret.key", "k'\"$"),
]


@pytest.mark.parametrize(("expression", "expected"), ROWS)
def test_value(expression: str, expected: str) -> None:
    assert value(expression, facts_for(WEB, SHARED, "web1")) == expected


TLS = {"tls": {"ca": "/etc/celeriac/tls/ca.crt"}}
ENCRYPTED = [
    ("broker.url", "amqps://shop-web:a%2Fb%40c%3Ad@broker1:5672/shop-lab"),
    (
        "database.url",
        "postgres://shop-web:p%25w%20%23%3F@db1:5432/shop"
        "?sslmode=verify-full&sslrootcert=/etc/celeriac/tls/ca.crt",
    ),
    (
        "cache.url",
        "rediss://shop:%C3%A9@[fd00::7]:6379/0?ssl_cert_reqs=required&ssl_check_hostname=true"
        "&ssl_ca_certs=/etc/celeriac/tls/ca.crt",
    ),
]


@pytest.mark.parametrize(("expression", "expected"), ENCRYPTED)
def test_encrypted(expression: str, expected: str) -> None:
    service = expression.partition(".")[0]
    facts = facts_for(WEB, SHARED | {service: SHARED[service] | TLS}, "web1")
    assert value(expression, facts) == expected


def test_several_brokers() -> None:
    broker = SHARED["broker"] | {"hosts": ["b1", "b2"], "user": "u", "password": "p"}
    assert value("broker.url", {"broker": broker}) == (
        "amqp://u:p@b1:5672/shop-lab;amqp://u:p@b2:5672/shop-lab"
    )


ORDERS = [
    ("relay1", ["broker2", "broker1", "broker3"]),
    ("worker1", ["broker3", "broker2", "broker1"]),
    ("worker2", ["broker1", "broker3", "broker2"]),
]


@pytest.mark.parametrize(("host", "order"), ORDERS)
def test_each_host_tries_the_brokers_in_its_own_order(host: str, order: list[str]) -> None:
    """However the inventory lists them."""
    broker = SHARED["broker"] | {"hosts": ["broker3", "broker1", "broker2"]}
    assert facts_for(WEB, SHARED | {"broker": broker}, host)["broker"]["hosts"] == order


def test_without_a_broker_user_there_is_no_broker() -> None:
    facts = facts_for(WEB | {"broker": None}, SHARED, "web1")
    with pytest.raises(UnknownValue, match=r"^broker\.url: the fact 'user' is missing"):
        value("broker.url", facts)


@pytest.mark.parametrize(
    ("expression", "fact"),
    [("mail.host", "mail"), ("secret.none", "secret.none"), ("broker.url", "password")],
)
def test_missing_fact(expression: str, fact: str) -> None:
    shared = {name: facts for name, facts in SHARED.items() if name != "mail"}
    with pytest.raises(UnknownValue, match=f"^{expression}: the fact '{fact}' is missing"):
        value(expression, facts_for(WEB, shared | {"secrets": {}}, "web1"))


def test_unknown_expression() -> None:
    with pytest.raises(UnknownValue, match=r"^moon\.phase: not known"):
        value("moon.phase", SHARED)
