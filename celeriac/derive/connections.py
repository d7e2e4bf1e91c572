"""What an environment variable carries: the value of an expression of ``connections``.

Facts are a plain mapping. What all processes of an application share::

    {
        "broker": {"hosts": [...], "port": 5672, "vhost": ...},
        "database": {"host": ..., "port": 5432, "name": ..., "user": ...},
        "cache": {"host": ..., "port": 6379, "user": ...},
        "mail": {"host": ..., "port": 25},
        "site": {"url": ..., "names": [...]},
        "secrets": {"broker.web": ..., "database.password": ..., "secret.<name>": ...},
    }

`facts_for` adds the logins of one process; `value` reads the result. A service that no
expression names may be missing or empty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from celeriac.derive.secrets import CACHE, DATABASE

Facts = Mapping[str, Any]


class UnknownValue(Exception):
    """An expression has no value; the message says which fact is missing."""


def facts_for(process: Mapping[str, Any], shared: Facts) -> dict[str, Any]:
    """Return the facts of a process of the derived document: the shared ones and its logins."""
    facts = {**shared}
    broker = process["broker"]
    facts["broker"] = {**shared.get("broker", {}), "user": broker["user"]}
    passwords = {"broker": broker["secret"], "database": DATABASE, "cache": CACHE}
    for service, secret in passwords.items():
        if secret in shared["secrets"]:
            password = shared["secrets"][secret]
            facts[service] = {**facts.get(service, {}), "password": password}
    return facts


def value(expression: str, facts: Facts) -> str:
    """Return the value of an expression, such as ``broker.url``.

    Raises `UnknownValue` for an expression that is not known, or whose facts are not there.
    """
    service = expression.partition(".")[0]
    try:
        if service == "secret":
            return str(facts["secrets"][expression])
        build = EXPRESSIONS.get(expression)
        if build is None:
            raise UnknownValue(f"{expression}: not known. `make validate` lists what is.")
        return build(facts[service])
    except KeyError as missing:
        raise UnknownValue(
            f"{expression}: the fact {missing} is missing. Add the service to the inventory, "
            "or its secret to the vault."
        ) from None


def _broker_url(broker: Facts) -> str:
    """Celery takes several hosts joined by semicolons and tries them in this order."""
    user = _login(broker)
    vhost = quote(broker["vhost"], safe="")
    return ";".join(
        f"amqp://{user}@{_address(host)}:{broker['port']}/{vhost}" for host in broker["hosts"]
    )


def _database_url(database: Facts) -> str:
    name = quote(database["name"], safe="")
    host = _address(database["host"])
    return f"postgres://{_login(database)}@{host}:{database['port']}/{name}"


def _cache_url(cache: Facts) -> str:
    return f"redis://{_login(cache)}@{_address(cache['host'])}:{cache['port']}/0"


def _login(service: Facts) -> str:
    return f"{quote(service['user'], safe='')}:{quote(service['password'], safe='')}"


def _address(host: str) -> str:
    """Return the host as a URL writes it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _fact(name: str) -> Callable[[Facts], str]:
    return lambda service: str(service[name])


EXPRESSIONS: dict[str, Callable[[Facts], str]] = {
    "broker.url": _broker_url,
    "database.url": _database_url,
    "database.host": _fact("host"),
    "database.port": _fact("port"),
    "database.name": _fact("name"),
    "database.user": _fact("user"),
    "database.password": _fact("password"),
    "cache.url": _cache_url,
    "mail.host": _fact("host"),
    "mail.port": _fact("port"),
    "site.url": _fact("url"),
    "site.names": lambda site: ",".join(site["names"]),
}
