"""From the slots that a person wants to the inventory's new text, checked before it is written."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from celeriac.description import inventory as inventories
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description
from celeriac.description.problems import InputError, Problem, near_miss
from celeriac.steering.inventory_text import Unclear, with_slots
from celeriac.steering.spread import spread

# Host to each pool's slots.
Slots = dict[str, dict[str, int]]


def wanted(words: Sequence[str], description: Description, typed: str) -> dict[str, int]:
    """Return pool to slots from words like ``mail=3``. Raises `InputError` with every mistake.

    ``typed`` are the options that lead another command to this environment.
    """
    found: dict[str, int] = {}
    problems = []
    for word in words:
        pool, _, number = word.partition("=")
        if pool not in description.pools:
            problems.append(Problem(word, "no such pool", near_miss(pool, description.pools)))
        elif not (number.isascii() and number.isdigit()):
            problems.append(Problem(word, "no whole number of slots", f"Write {pool}=3."))
        elif int(number) == 0:
            remedy = f"To stop it for a while: celeriac pause {pool} {typed}."
            problems.append(Problem(word, "a pool runs somewhere", remedy))
        elif pool in found:
            problems.append(Problem(word, "named twice", "Leave one."))
        else:
            found[pool] = int(number)
    if problems:
        raise InputError(None, problems)
    return found


def placed(
    pools: Mapping[str, int], inventory: Inventory, application: str, hosts: Sequence[str]
) -> Slots:
    """Return each host's slots of the pools, 0 for those of other hosts that have some now."""
    now = inventory.pools(application)
    slots: Slots = {}
    for pool, total in pools.items():
        here = {host: own[pool] for host, own in now.items() if own.get(pool)}
        each = {**dict.fromkeys(here, 0), **spread(total, hosts, here)}
        for host, count in each.items():
            slots.setdefault(host, {})[pool] = count
    return slots


def changes(slots: Slots, inventory: Inventory, application: str) -> Slots:
    """Return the slots that are not so already."""
    now = inventory.pools(application)
    different = {
        host: {
            pool: count for pool, count in own.items() if count != now.get(host, {}).get(pool, 0)
        }
        for host, own in slots.items()
    }
    return {host: own for host, own in different.items() if own}


def rewritten(inventory: Inventory, folder: Path, application: str, slots: Slots) -> str:
    """Return the new text of the inventory's hosts.yml, which says these slots and else the same.

    Raises `InputError` where the text cannot be changed with certainty.
    """
    file = folder / inventory.environment / "hosts.yml"
    try:
        text = with_slots(file.read_text(), application, slots)
        why = _difference(inventory, _read(text, inventory.environment), application, slots)
    except Unclear as error:
        why = str(error)
    except InputError as error:
        why = f"the new text would not be an inventory ({error})"
    if not why:
        return text
    lines = ", ".join(
        f"{host}: {pool}={count}" for host, own in slots.items() for pool, count in own.items()
    )
    remedy = (
        f"Write these celeriac_pools of {application} by hand, then run the same again: {lines}."
    )
    raise InputError(inventory.file, [Problem(str(inventory.file), why, remedy)])


def _read(text: str, environment: str) -> Inventory:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, environment, "hosts.yml")
        file.parent.mkdir()
        file.write_text(text)
        return inventories.read(environment, Path(folder))


def _difference(before: Inventory, after: Inventory, application: str, slots: Slots) -> str:
    """Return what changed that should not, or did not that should; empty if all is right."""
    for host, pools in slots.items():
        now = {**before.pools(application).get(host, {}), **pools}
        if {p: n for p, n in now.items() if n} != after.pools(application).get(host, {}):
            return f"celeriac_pools of {host} are not written at the host itself"
    strip = _without_slots
    same = (before.groups, before.variables, strip(before, slots, application)) == (
        (after.groups, after.variables, strip(after, slots, application))
    )
    return "" if same else "more than the slots would change"


def _without_slots(inventory: Inventory, slots: Slots, application: str) -> dict[str, object]:
    """Return the hosts' variables, without the pools that may differ."""
    found: dict[str, object] = {}
    for host, variables in inventory.hosts.items():
        pools = dict(variables.get("celeriac_pools") or {})
        if host in slots:
            pools[application] = None
        rest = {key: value for key, value in variables.items() if key != "celeriac_pools"}
        found[host] = (rest, {key: value for key, value in pools.items() if value})
    return found
