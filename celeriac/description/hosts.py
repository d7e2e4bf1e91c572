"""Checks the form of an inventory, whatever application goes there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from celeriac.description import edge, external, placeholders
from celeriac.description.inventory import Inventory
from celeriac.description.placement import GROUPS
from celeriac.description.problems import Problem, meant

_PUT = f"Put it into one of: {', '.join(GROUPS)}."


def check(inventory: Inventory) -> list[Problem]:
    """Return hosts without a role and variables of celeriac that have the wrong form."""
    sites, left = list(_sites(inventory)), list(placeholders.inventory(inventory))
    return [
        *_roles(inventory),
        *_pools(inventory),
        *sites,
        *([] if sites else placeholders.without(left, edge.check(inventory))),
        *_mail(inventory),
        *external.check(inventory),
        *left,
    ]


def _roles(inventory: Inventory) -> Iterator[Problem]:
    for host in inventory.hosts:
        where = f"{inventory.file}, host {host}"
        groups = [name for name, hosts in inventory.groups.items() if host in hosts]
        if not set(groups) & set(GROUPS):
            own = [name for name in groups if name not in {"all", "ungrouped"}]
            remedy = (meant(own[0], GROUPS) if own else None) or _PUT
            what = "in no group that has a role" + (f" (only in {', '.join(own)})" if own else "")
            yield Problem(where, what, remedy)


def _pools(inventory: Inventory) -> Iterator[Problem]:
    workers = inventory.groups.get("workers", [])
    for host, variables in inventory.hosts.items():
        where = f"{inventory.file}, host {host}, celeriac_pools"
        pools = variables.get("celeriac_pools")
        if pools is None:
            if host in workers:
                remedy = "Add `celeriac_pools: {<application>: {<pool>: 1}}`, or take it out."
                yield Problem(where, "missing, but the host is in the group 'workers'", remedy)
            continue
        if host not in workers:
            remedy = "Add the host to the group 'workers', or remove the pools."
            yield Problem(where, "the host is not in the group 'workers'", remedy)
        yield from _slots(where, pools)


def _slots(where: str, pools: Any) -> Iterator[Problem]:
    if not isinstance(pools, dict):
        yield Problem(where, "not a mapping", "Write {<application>: {<pool>: <workers>}}.")
        return
    for application, slots in pools.items():
        if not isinstance(slots, dict):
            remedy = "Write {<pool>: <workers>}."
            yield Problem(f"{where}/{application}", "not a mapping", remedy)
            continue
        for pool, count in slots.items():
            if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 99:
                what = f"should be a number of workers from 1 to 99, not {count!r}"
                yield Problem(f"{where}/{application}/{pool}", what, "Write 1, or leave it out.")


def _sites(inventory: Inventory) -> Iterator[Problem]:
    where = f"{inventory.file}, celeriac_sites"
    sites = inventory.variables.get("celeriac_sites") or {}
    if not isinstance(sites, dict):
        remedy = "Write {<application>: {names, port, url}}."
        yield Problem(where, "not a mapping", remedy)
        return
    for application, site in sites.items():
        if not isinstance(site, dict) or set(site) != {"names", "port", "url"}:
            what = "should have exactly names, port and url"
            yield Problem(f"{where}/{application}", what, "Correct it.")
            continue
        yield from _site(f"{where}/{application}", site)


def _site(where: str, site: dict[str, Any]) -> Iterator[Problem]:
    names, url = site["names"], site["url"]
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        remedy = 'Write [www.example.com]; put numbers in quotes: ["192.0.2.7"].'
        yield Problem(f"{where}/names", "should be a list of host names", remedy)
    if not _port(site["port"]):
        yield Problem(f"{where}/port", f"{site['port']!r} is not a port", "Write 80, for example.")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        remedy = "Write https://www.example.com, for example."
        yield Problem(f"{where}/url", f"{url!r} is not a URL", remedy)


def _mail(inventory: Inventory) -> Iterator[Problem]:
    mail = inventory.variables.get("celeriac_mail")
    if mail is None:
        return
    where = f"{inventory.file}, celeriac_mail"
    if not isinstance(mail, dict) or set(mail) != {"host", "port"}:
        yield Problem(where, "should have exactly host and port", "Write {host: …, port: 25}.")
    elif not _port(mail["port"]):
        yield Problem(f"{where}/port", f"{mail['port']!r} is not a port", "Write 25, for example.")


def _port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535
