"""Checks whether an inventory has a place for what is described."""

from __future__ import annotations

from collections.abc import Iterator

from celeriac.derive import canaries
from celeriac.derive.names import canary_queue
from celeriac.description import external
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.problems import Problem, meant, near_miss
from celeriac.description.processes import SCHEDULER

# Group to what its hosts do.
GROUPS = {
    "build": "builds releases",
    "broker": "runs RabbitMQ",
    "database": "runs PostgreSQL",
    "cache": "runs Redis",
    "edge": "takes people's requests and spreads them over the web hosts",
    "web": "runs the web process",
    "workers": "runs the pools",
    "relay": "runs the relay",
    "beat": "runs beat",
    "mail_sink": "takes the lab's mail",
}


def check(description: Description, inventory: Inventory) -> list[Problem]:
    """Return what keeps the application from running on these hosts."""
    return [
        *_groups(description, inventory),
        *_pools(description, inventory),
        *_canaries(description, inventory),
        *_site_and_mail(description, inventory),
    ]


def _groups(description: Description, inventory: Inventory) -> Iterator[Problem]:
    outside = external.services(inventory)
    for group, reason in _wanted(description):
        if group not in outside and not inventory.groups.get(group):
            what = f"the group '{group}' has no host, but {reason}"
            remedy = f"Add a host that {GROUPS[group]}."
            if group in external.KEYS:
                remedy = f"{remedy[:-1]}, or say where another one is: celeriac_external."
            if group not in inventory.groups:
                others = set(inventory.groups) - set(GROUPS) - {"all", "ungrouped"}
                remedy = meant(group, others) or remedy
            yield Problem(str(inventory.file), what, remedy)
    beats = inventory.groups.get("beat", [])
    if description.beat is not None and len(beats) > 1 and description.beat.scheduler != SCHEDULER:
        what = f"the group 'beat' has {len(beats)} hosts: every periodic task would come as often"
        remedy = f"Leave one of {', '.join(beats)}"
        remedy += f", or write beat/scheduler: {SCHEDULER}." if description.integrated else "."
        yield Problem(str(inventory.file), what, remedy)


def _wanted(description: Description) -> Iterator[tuple[str, str]]:
    yield "build", "releases are built on one"
    yield "broker", "tasks go through it"
    for service in ("database", "cache"):
        if service in description.uses:
            yield service, f"connections name {service}"
    if description.web is not None:
        yield "web", "the description has web"
    if description.pools:
        yield "workers", "the description has pools"
    if description.relayed:
        yield "relay", "tasks go through the outbox"
    if description.beat is not None:
        yield "beat", "the description has beat"


def _pools(description: Description, inventory: Inventory) -> Iterator[Problem]:
    application = description.application
    placed = inventory.pools(application)
    for host, pools in placed.items():
        for pool in pools:
            if pool not in description.pools:
                yield Problem(
                    f"{inventory.file}, host {host}, celeriac_pools/{application}/{pool}",
                    "the description has no pool of this name",
                    near_miss(pool, description.pools),
                )
    for pool in description.pools:
        if not any(pool in pools for pools in placed.values()):
            workers = ", ".join(inventory.groups.get("workers", [])) or "a host in workers"
            yield Problem(
                f"pools/{pool}",
                f"no host runs it in {inventory.file}",
                f"Add `celeriac_pools: {{{application}: {{{pool}: 1}}}}` to one of: {workers}.",
            )


def _canaries(description: Description, inventory: Inventory) -> Iterator[Problem]:
    """Every worker of an integrated application has a queue of its own, called after its host."""
    seen: dict[str, tuple[str, str]] = {}
    for host, pool, slot in canaries.places(description, inventory):
        queue = canary_queue(pool, host, slot)
        other_host, other_pool = seen.setdefault(queue, (host, pool))
        if description.integrated and (host, pool) != (other_host, other_pool):
            what = f"the private queue {queue} of its pool '{pool}' would be that of the pool "
            what += f"'{other_pool}' on {other_host}: only letters, digits, _ and - tell them apart"
            yield Problem(f"{inventory.file}, host {host}", what, "Rename one of the two.")
            return


def _site_and_mail(description: Description, inventory: Inventory) -> Iterator[Problem]:
    application = description.application
    needs_site = description.web is not None or "site" in description.uses
    if needs_site and inventory.site(application) is None:
        known = inventory.variables.get("celeriac_sites") or {}
        site = f"{application}: {{names: [www.example.com], port: 80, url: …}}"
        remedy = meant(application, known) or f"Add `{site}` to it."
        where = f"{inventory.file}, celeriac_sites"
        yield Problem(where, f"no site for the application '{application}'", remedy)
    if "mail" in description.uses and not inventory.variables.get("celeriac_mail"):
        remedy = "Add `celeriac_mail: {host: …, port: 25}` to the variables of all."
        yield Problem(
            f"{inventory.file}, celeriac_mail", "missing, but connections name mail", remedy
        )
