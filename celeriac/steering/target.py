"""What a person names: a pool, a kind of process, a host."""

from __future__ import annotations

from collections.abc import Iterable

from celeriac.derive import names
from celeriac.description.problems import InputError, Problem, near_miss
from celeriac.fleet.loading import Fleet

KINDS = ("web", "beat", "relay")


def process(fleet: Fleet, name: str) -> str:
    """Return the process that is meant: ``web``, ``beat``, ``relay``, or ``pool-<pool>``.

    A pool that is called like a kind of process can be named by its process, ``pool-web``.
    Raises `InputError` for a name that the application does not have.
    """
    there = {
        placed["name"] for host in fleet.document["hosts"].values() for placed in host["processes"]
    }
    wanted = name if name in there else names.pool_process(name)
    if wanted in there and wanted != names.OPERATIONS:
        return wanted
    known = [each for each in KINDS if each in there]
    raise _unknown(
        name,
        f"{fleet.application} runs nothing of this name",
        [*known, *fleet.description.pools],
    )


def pools(
    fleet: Fleet, name: str, among: Iterable[str] | None = None
) -> tuple[list[str], list[str]]:
    """Return the hosts and the pools that a name means: a pool, or all pools of a host.

    ``among`` are the hosts that were named apart; then the name is a pool. A pool is meant on every
    host of the workers, those that do not run it today included. Raises `InputError`.
    """
    workers = fleet.inventory.groups.get("workers", [])
    own = fleet.description.pools
    if among is not None and not among:
        what, remedy = "none of these hosts is one of workers", f"Those are: {', '.join(workers)}."
        raise InputError(None, [Problem("--hosts", what, remedy)])
    if among is None and name in workers and name in own:
        what = "both a host and a pool have this name"
        raise InputError(
            None,
            [Problem(name, what, f"Write pool-{name} for the pool, or `POOL --hosts {name}`.")],
        )
    if among is None and name in workers:
        placed = list(fleet.inventory.pools(fleet.application).get(name, {}))
        if placed:
            return [name], placed
        remedy = f"Those that do: {', '.join(fleet.inventory.pools(fleet.application))}."
        raise InputError(None, [Problem(name, "no pool runs on this host", remedy)])
    pool = name.removeprefix("pool-") if name not in own else name
    if pool not in own:
        known = [*own, *workers] if among is None else [*own]
        raise _unknown(name, "no such pool" if among else "no such pool or host of workers", known)
    return list(workers if among is None else among), [pool]


def _unknown(name: str, what: str, known: list[str]) -> InputError:
    return InputError(None, [Problem(name, what, near_miss(name, known))])
