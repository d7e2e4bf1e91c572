"""What all processes of an application share: where its services are, and its secrets.

`celeriac.derive.connections` says what the facts are for, and adds the logins of a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from celeriac.derive import names

Hosts = Mapping[str, Mapping[str, Any]]

# Service to the inventory variable that changes the port of our own, and to that port.
_PORTS = {
    "broker": ("rabbitmq_port", 5671),
    "database": ("postgresql_port", 5432),
    "cache": ("redis_port", 6379),
}


def shared(
    document: Mapping[str, Any],
    groups: Mapping[str, list[str]],
    hostvars: Hosts,
    mail: Mapping[str, Any],
    secrets: Mapping[str, str],
) -> dict[str, Any]:
    """Return the facts of an application from the derived document and Ansible's variables.

    A service that the application does not use is empty.
    """
    described = {
        "broker": {"vhost": document["broker"]["vhost"]},
        "database": document["database"],
        "cache": document["cache"],
    }
    facts: dict[str, Any] = {
        service: {**own, **_place(service, document["external"], groups, hostvars)} if own else {}
        for service, own in described.items()
    }
    return {**facts, "mail": mail, "site": document["site"] or {}, "secrets": secrets}


def _place(
    service: str, external: Mapping[str, Any], groups: Mapping[str, list[str]], hostvars: Hosts
) -> dict[str, Any]:
    """Return where a service is. Who signed the certificates of our own is known on every host."""
    if service in external:
        other = external[service]
        place = {key: other[key] for key in ("host", "hosts", "port") if key in other}
        # The provider of a cache names its user; other users are made by the deploy.
        place |= {"user": other["user"]} if service == "cache" else {}
        return {**place, **_tls(other["ca"])}
    hosts, (variable, port) = groups[service], _PORTS[service]
    place = {"port": int(hostvars[hosts[0]].get(variable, port))}
    if service == "broker":
        return {**place, "hosts": list(hosts), **_tls(names.CA)}
    return {**place, "host": hosts[0], **_tls(names.CA)}


def _tls(authorities: str | None) -> dict[str, Any]:
    return {"tls": {"ca": authorities}} if authorities else {}
