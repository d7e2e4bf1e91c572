"""The edge: what HAProxy serves for all sites, and what nginx on the web hosts must know of it.

All of it follows from the inventory. How an application shows that it is well stands in its own
description, which changes with each release; so nginx, whose site is written as a host is switched,
asks it as described and answers the edge under a name of its own (`health_name`) with the header
``Celeriac-Health: well``. A release that moves its health path is never taken for an ill one.
"""

from __future__ import annotations

import hashlib
from typing import Any

from celeriac.description import edge, edge_tls
from celeriac.description.inventory import Inventory

# nginx takes the edge's requests here, with TLS, for all applications of a host.
PORT = 8443
# certbot answers the authority's question here, on the edge's own host.
ACME_PORT = 8402


def health_name(application: str) -> str:
    """The host name under which nginx answers the edge; no person's request is sent to it.

    nginx takes names of at most 46 characters as it comes, and an application's may have 31.
    """
    return f"{application}.edge.internal"


def site_name(application: str) -> str:
    """The host name under which the edge sends people's requests on; what they asked for goes beside it.

    Two applications may have the same names at different ports, which nginx could not tell apart.
    """
    return f"{application}.site.internal"


def build(application: str, inventory: Inventory) -> dict[str, Any] | None:
    """Return what the hosts of edge and web need; None without a group ``edge``."""
    hosts = edge.hosts(inventory)
    if not hosts:
        return None
    sites = edge.sites(inventory)
    return {
        "hosts": hosts,
        "trusted": [edge.address(inventory, host) for host in hosts],
        "port": PORT,
        "health_name": health_name(application),
        "site_name": site_name(application),
        # Where people come without TLS anyway, as in the lab, each web host may be asked itself.
        "direct": application in sites and edge.tls(inventory, application)["by"] == "none",
        "haproxy": _haproxy(inventory, sites),
    }


def upstream(application: str, inventory: Inventory) -> list[str]:
    """Return the addresses of what ends TLS before the web hosts; empty behind an edge of ours."""
    if edge.hosts(inventory):
        return []
    addresses: list[str] = edge.tls(inventory, application).get("from", [])
    return addresses


def given_secrets(inventory: Inventory) -> list[str]:
    """Return the keys that a person must put into the vault, of all sites."""
    if not edge.hosts(inventory):
        return []
    return [
        edge_tls.key_secret(application)
        for application in edge.sites(inventory)
        if (found := edge.tls(inventory, application))["by"] == "files" and "key" not in found
    ]


def _haproxy(inventory: Inventory, sites: dict[str, Any]) -> dict[str, Any]:
    ways = {application: edge.tls(inventory, application) for application in sites}
    encrypted = {
        edge.secure_port(site)
        for application, site in sites.items()
        if ways[application]["by"] in edge_tls.HERE
    }
    return {
        "plain_ports": sorted({site["port"] for site in sites.values()}),
        "tls_ports": sorted(encrypted),
        "sites": [_site(name, site, ways[name]) for name, site in sites.items()],
        "servers": [
            {"name": host, "address": edge.address(inventory, host), "port": PORT}
            for host in inventory.groups.get("web", [])
        ],
        "acme_port": ACME_PORT,
        "certificates": [
            {
                "application": application,
                "certificate": way["certificate"],
                "key": way.get("key"),
            }
            for application, way in ways.items()
            if way["by"] == "files"
        ],
        "acme": [
            _acme(name, sites[name], way) for name, way in ways.items() if way["by"] == "acme"
        ],
    }


def _site(application: str, site: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    """Return one application as the frontend tells it from the others, by ``name:port``.

    ``places`` are served; at ``plain`` people are sent to ``secure``. Behind somebody who ends TLS
    both are the same place, and those ``upstream`` addresses alone may say that a request came with TLS.
    """
    here, upstream = way["by"] in edge_tls.HERE, way["by"] == "upstream"
    port = edge.secure_port(site) if here else site["port"]
    plain = [f"{name}:{site['port']}" for name in site["names"]]
    return {
        "application": application,
        "places": [f"{name}:{port}" for name in site["names"]],
        "plain": plain if here or upstream else [],
        "secure": _suffix(site) if here or upstream else None,
        "upstream": way["from"] if upstream else [],
        "acme": way["by"] == "acme",
        "hsts": way.get("hsts", False),
        "health_name": health_name(application),
        "site_name": site_name(application),
    }


def _suffix(site: dict[str, Any]) -> str:
    """Return what follows the host name in the secure address: nothing, or a port of its own."""
    port = edge.secure_port(site)
    return "" if port == 443 else f":{port}"


def _acme(application: str, site: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    """Return a certificate to ask for. Other names, or another authority, make another certificate.

    Without a ``server`` certbot asks Let's Encrypt.
    """
    server = way.get("server")
    told = "\n".join([*site["names"], *([server] if server else [])])
    return {
        "name": f"{application}-{hashlib.sha256(told.encode()).hexdigest()[:8]}",
        "names": site["names"],
        "email": way["email"],
        "server": server,
    }
