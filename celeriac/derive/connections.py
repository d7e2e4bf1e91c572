"""What an environment variable carries: the value of an expression of ``connections``.

Facts are a plain mapping. What all processes of an application share::

    {
        "broker": {"hosts": [...], "port": 5671, "vhost": ..., "tls": {"ca": ...}},
        "database": {"host": ..., "port": 5432, "name": ..., "tls": {"ca": ...}},
        "cache": {"host": ..., "port": 6379, "user": ..., "tls": {"ca": ...}},
        "mail": {"host": ..., "port": 25},
        "site": {"url": ..., "names": [...]},
        "secrets": {"broker.pool-mail": ..., "database.web": ..., "secret.<name>": ...},
    }

``tls`` names the file of the authorities that may have signed the service's certificate;
without it the connection is not encrypted. `facts_for` adds the logins of one process on
one host; `value` reads the result. A service that no expression names may be missing or
empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from celeriac.derive import in_turn
from celeriac.derive.secrets import CACHE

Facts = Mapping[str, Any]


class UnknownValue(Exception):
    """An expression has no value; the message says which fact is missing."""


def facts_for(process: Mapping[str, Any], shared: Facts, host: str) -> dict[str, Any]:
    """Return the facts of a process of the derived document on an inventory host.

    They are the shared ones, its logins, and the broker's nodes in the order of this host.
    """
    facts = {**shared}
    logins = {
        "broker": process["broker"],
        "database": process["database"],
        "cache": {"secret": CACHE},
    }
    for service, login in logins.items():
        facts[service] = {**facts.get(service, {}), **(login or {})}
        if login and login["secret"] in shared["secrets"]:
            facts[service]["password"] = shared["secrets"][login["secret"]]
        if login and "user" in login:
            facts[service]["user"] = in_turn.user(shared["secrets"], login["secret"], login["user"])
    if "hosts" in facts["broker"]:
        facts["broker"]["hosts"] = ordered(facts["broker"]["hosts"], host)
    return facts


def ordered(nodes: Iterable[str], host: str) -> list[str]:
    """Return the broker's nodes in an order that differs between hosts and never on one.

    Clients try them one after the other, and one that does not answer takes 4 seconds. By
    hash, so that clients of a node that is lost spread over all others.
    """
    return sorted(nodes, key=lambda node: hashlib.sha256(f"{host} {node}".encode()).digest())


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
    """Celery takes several hosts joined by semicolons and tries them in this order.

    Whom to trust with amqps:// stands in CELERIAC_CA: what a query says kombu would hand to
    py-amqp under names that it does not know.
    """
    user, scheme = _login(broker), "amqps" if broker.get("tls") else "amqp"
    vhost = quote(broker["vhost"], safe="")
    return ";".join(
        f"{scheme}://{user}@{_address(host)}:{broker['port']}/{vhost}" for host in broker["hosts"]
    )


def _database_url(database: Facts) -> str:
    name = quote(database["name"], safe="")
    host = _address(database["host"])
    url = f"postgres://{_login(database)}@{host}:{database['port']}/{name}"
    return url + _query(database, "sslmode=verify-full&sslrootcert")


def _cache_url(cache: Facts) -> str:
    scheme = "rediss" if cache.get("tls") else "redis"
    url = f"{scheme}://{_login(cache)}@{_address(cache['host'])}:{cache['port']}/0"
    # Celery's result backend refuses a URL that does not say what is required.
    return url + _query(cache, "ssl_cert_reqs=required&ssl_check_hostname=true&ssl_ca_certs")


def _query(service: Facts, options: str) -> str:
    """Return the query of a URL, whose last option names the file of the authorities."""
    tls = service.get("tls")
    return f"?{options}={quote(tls['ca'])}" if tls else ""


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
