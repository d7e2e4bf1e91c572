"""What stands in front of the web hosts: the group ``edge``, or what ends TLS in its place.

Without either nginx on the web hosts answers people itself, without TLS: in the lab alone.
Docs: docs/edge.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from celeriac.description import edge_tls
from celeriac.description.inventory import Inventory
from celeriac.description.problems import Problem, near_miss

GROUP = "edge"
_Fits = Callable[[Inventory, str], Iterator[Problem]]
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
        yield from _tls(inventory, _without_hosts)
        return
    yield from _hosts(inventory)
    yield from _names(inventory)
    yield from _tls(inventory, _fits)


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


def _tls(inventory: Inventory, fits: _Fits) -> Iterator[Problem]:
    """What is wrong with each site's entry, and then with the entry at this place."""
    where = f"{inventory.file}, {edge_tls.VARIABLE}"
    described = inventory.variables.get(edge_tls.VARIABLE) or {}
    if not isinstance(described, dict):
        yield Problem(where, "not a mapping", "Write {<application>: {by: acme, email: …}}.")
        return
    known = sites(inventory)
    for application in described.keys() - known.keys():
        remedy = near_miss(str(application), known)
        yield Problem(f"{where}/{application}", "no site of this name", remedy)
    for application in known:
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
            yield from fits(inventory, application)


def _without_hosts(inventory: Inventory, application: str) -> Iterator[Problem]:
    """What ends TLS where there is no edge; nginx then answers nobody else."""
    by = tls(inventory, application)["by"]
    if by in edge_tls.HERE:
        where = f"{inventory.file}, {edge_tls.VARIABLE}/{application}/by"
        remedy = "Add a host to it, or write {by: upstream, from: [<addresses of your balancer>]}."
        yield Problem(where, f"{by!r}, and the group '{GROUP}' has no host", remedy)
        return
    yield from _address(inventory, application)


def _address(inventory: Inventory, application: str) -> Iterator[Problem]:
    by, url = tls(inventory, application)["by"], sites(inventory)[application]["url"]
    scheme = "http://" if by == "none" else "https://"
    if not url.startswith(scheme):
        where = f"{inventory.file}, celeriac_sites/{application}/url"
        remedy = f"Write {scheme}…, or change {edge_tls.VARIABLE}."
        yield Problem(where, f"{url!r}, and TLS is by '{by}'", remedy)


def _fits(inventory: Inventory, application: str) -> Iterator[Problem]:
    """What TLS asks of the site and of the edge's hosts."""
    if problems := list(_address(inventory, application)):
        yield from problems
        return
    by, site = tls(inventory, application)["by"], sites(inventory)[application]
    where = f"{inventory.file}, celeriac_sites/{application}"
    plain = {each["port"] for each in sites(inventory).values()}
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
