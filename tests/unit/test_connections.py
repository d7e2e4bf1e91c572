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
        "database.password": "p%w #?",
        "cache.password": "é",
        "secret.key": "k'\"$",
    },
}
WEB = {"broker": {"user": "shop-web", "secret": "broker.web"}}
ROWS = [
    ("broker.url", "amqp://shop-web:a%2Fb%40c%3Ad@broker1:5672/shop-lab"),
    ("database.url", "postgres://shop:p%25w%20%23%3F@db1:5432/shop"),
    ("database.host", "db1"),
    ("database.port", "5432"),
    ("database.name", "shop"),
    ("database.user", "shop"),
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
    assert value(expression, facts_for(WEB, SHARED)) == expected


def test_several_brokers() -> None:
    broker = SHARED["broker"] | {"hosts": ["b1", "b2"], "user": "u", "password": "p"}
    assert value("broker.url", {"broker": broker}) == (
        "amqp://u:p@b1:5672/shop-lab;amqp://u:p@b2:5672/shop-lab"
    )


@pytest.mark.parametrize(
    ("expression", "fact"),
    [("mail.host", "mail"), ("secret.none", "secret.none"), ("broker.url", "password")],
)
def test_missing_fact(expression: str, fact: str) -> None:
    shared = {name: facts for name, facts in SHARED.items() if name != "mail"}
    with pytest.raises(UnknownValue, match=f"^{expression}: the fact '{fact}' is missing"):
        value(expression, facts_for(WEB, shared | {"secrets": {}}))


def test_unknown_expression() -> None:
    with pytest.raises(UnknownValue, match=r"^moon\.phase: not known"):
        value("moon.phase", SHARED)
