"""Hosts in front of the web hosts: what an inventory must say where it has the group ``edge``.

Without that group nothing here applies: nginx on the web hosts answers people itself.
Docs: docs/edge.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from celeriac.description import edge_tls
from celeriac.description.inventory import Inventory
from celeriac.description.problems import Problem, near_miss

GROUP = "edge"
# What people's clients may send as Host, and HAProxy reads as one word.
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


def hosts(inventory: Inventory) -> list[str]:
    """Return the hosts of the edge; empty without one."""
    return list(inventory.groups.get(GROUP, []))


def address(inventory: Inventory, host: str) -> str:
    """Return the address of a host, as the other hosts reach it."""
    return str(inventory.hosts[host].get("ansible_host") or host)


def sites(inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return the sites of all applications, by application."""
    found: dict[str, dict[str, Any]] = inventory.variables.get("celeriac_sites") or {}
    return found


def tls(inventory: Inventory, application: str) -> dict[str, Any]:
    """Return how TLS ends for a site; in the lab it need not be said."""
    found: dict[str, Any] = (inventory.variables.get(edge_tls.VARIABLE) or {}).get(application, {})
    return found or {"by": "none"}


def secure_port(site: dict[str, Any]) -> int:
    """Return the port at which people reach the site with TLS."""
    return urlsplit(site["url"]).port or 443


def check(inventory: Inventory) -> Iterator[Problem]:
    """Find what is wrong with the edge; the form of ``celeriac_sites`` was found right."""
    if not hosts(inventory):
        if edge_tls.VARIABLE in inventory.variables:
            where = f"{inventory.file}, {edge_tls.VARIABLE}"
            remedy = "Add one, or remove it: TLS then ends in front of the web hosts."
            yield Problem(where, f"the group '{GROUP}' has no host", remedy)
        return
    yield from _hosts(inventory)
    yield from _names(inventory)
    yield from _tls(inventory)


def _hosts(inventory: Inventory) -> Iterator[Problem]:
    for host in hosts(inventory):
        where = f"{inventory.file}, host {host}"
        if host in inventory.groups.get("web", []):
            remedy = "Give the edge a host of its own, or leave the group 'edge' out."
            yield Problem(where, "in 'edge' and in 'web', which want the same ports", remedy)
        try:
            ip_address(address(inventory, host))
        except ValueError:
            what = "the web hosts trust it by its address, and that is not known"
            yield Problem(where, what, "Write its address as ansible_host.")


def _names(inventory: Inventory) -> Iterator[Problem]:
    """One frontend tells applications apart by name and port."""
    taken: dict[tuple[str, int], str] = {}
    for application, site in sites(inventory).items():
        where = f"{inventory.file}, celeriac_sites/{application}/names"
        for name in site["names"]:
            if not _NAME.fullmatch(name):
                remedy = "Write a host name in lower-case letters, or an IPv4 address."
                yield Problem(where, f"{name!r} is not a name for the edge", remedy)
            other = taken.setdefault((name, site["port"]), application)
            if other != application:
                what = f"{name} at port {site['port']} is a name of '{other}' too"
                yield Problem(where, what, "Give each its own name or port.")


def _tls(inventory: Inventory) -> Iterator[Problem]:
    where = f"{inventory.file}, {edge_tls.VARIABLE}"
    described = inventory.variables.get(edge_tls.VARIABLE) or {}
    if not isinstance(described, dict):
        yield Problem(where, "not a mapping", "Write {<application>: {by: acme, email: …}}.")
        return
    known = sites(inventory)
    for application in described.keys() - known.keys():
        remedy = near_miss(str(application), known)
        yield Problem(f"{where}/{application}", "no site of this name", remedy)
    plain = {site["port"] for site in known.values()}
    for application, site in known.items():
        place, found = f"{where}/{application}", described.get(application)
        if found is None and inventory.environment == "lab":
            continue
        if found is None:
            what = "missing: people's requests would cross the network unencrypted"
            yield Problem(place, what, edge_tls.REMEDY)
            continue
        problems = list(edge_tls.check(place, found, inventory.environment, inventory.file.parent))
        yield from problems
        if not problems:
            yield from _fits(inventory, application, site, plain)


def _fits(
    inventory: Inventory, application: str, site: dict[str, Any], plain: set[int]
) -> Iterator[Problem]:
    """What TLS asks of the site and of the edge's hosts."""
    by = tls(inventory, application)["by"]
    where = f"{inventory.file}, celeriac_sites/{application}"
    scheme = "http://" if by == "none" else "https://"
    if not site["url"].startswith(scheme):
        remedy = f"Write {scheme}…, or change {edge_tls.VARIABLE}."
        yield Problem(f"{where}/url", f"{site['url']!r}, and TLS is by '{by}'", remedy)
        return
    if by in edge_tls.HERE and secure_port(site) in plain:
        what = f"the edge takes plain HTTP at port {secure_port(site)}"
        yield Problem(f"{where}/url", what, "Write port: 80, and https:// without a port.")
    if by == "acme":
        yield from _acme(inventory, where, site)


def _acme(inventory: Inventory, where: str, site: dict[str, Any]) -> Iterator[Problem]:
    if site["port"] != 80:
        what = "the authority asks at port 80"
        yield Problem(f"{where}/port", what, "Write port: 80.")
    for name in site["names"]:
        if "." not in name or name.rsplit(".", 1)[-1].isdigit():
            what = f"no public authority signs for {name!r}"
            yield Problem(f"{where}/names", what, "Leave it out, or bring a certificate: files.")
    if len(hosts(inventory)) > 1:
        place = f"{inventory.file}, {edge_tls.VARIABLE}"
        what = "acme works with one host in the group 'edge': the authority asks any of them"
        yield Problem(place, what, "Leave one, or bring a certificate: files.")
