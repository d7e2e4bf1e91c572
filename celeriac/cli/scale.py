"""``celeriac scale``: how many workers a pool has, written into the inventory and carried out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from celeriac.cli import completion, options, steered
from celeriac.cli.exits import FAILED
from celeriac.cli.options import voice_of
from celeriac.cli.shown import say_silent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from celeriac.description.inventory import Inventory
    from celeriac.fleet.loading import Fleet
    from celeriac.release.hosts import Seen
    from celeriac.steering.scaling import Slots

Pools = Annotated[
    list[str],
    typer.Argument(
        metavar="POOL=SLOTS…",
        help="Workers of the pool on all hosts together.",
        autocompletion=completion.slots,
    ),
]


def scale(
    pools: Pools,
    environment: options.Environment = "lab",
    file: options.File = options.FILE,
    inventories: options.Inventories = options.INVENTORIES,
    hosts: options.Hosts = None,
    yes: options.YesToo = False,
    verbose: options.Verbose = 0,
    quiet: options.Quiet = False,
) -> None:
    """Spread a pool's slots evenly over the hosts of `workers` (or of --hosts), and run them.

    Writes hosts.yml, comments and order as they were, and starts or lets finish workers of the
    release that runs. Exit codes: 0 done, 1 refused (nothing was touched), 2 mistakes in the input,
    3 a host failed or did not answer.
    """
    from celeriac.cli.known import known
    from celeriac.cli.prepared import ready
    from celeriac.description.inventory import read
    from celeriac.fleet import loading
    from celeriac.release.lock import Lock
    from celeriac.steering import checkout, scaling

    voice = voice_of(verbose, quiet)
    at = known(file, environment, inventories)
    fleet = loading.load(environment, file, inventories)
    asked = scaling.wanted(pools, fleet.description, fleet.typed)
    workers = fleet.inventory.groups.get("workers", [])
    chosen = loading.matching(fleet.inventory, hosts, workers)
    slots = scaling.placed(asked, fleet.inventory, fleet.application, chosen)
    different = scaling.changes(slots, fleet.inventory, fleet.application)
    text = scaling.rewritten(fleet.inventory, inventories, fleet.application, different)
    path = fleet.place.hosts_file
    if different:
        state = checkout.look(path)
        if state.note:
            typer.echo(f"note: {state.note}", err=True)
        if state.stale:
            steered.refuse(f"{fleet.inventory.file} {state.stale}")
        _check_memory(fleet, different)
    seen = at.ask(at.host, at.build, *at.serving, *different)
    known_of = (seen[at.host], at.records(seen), file, inventories)
    document = _in_force(fleet.inventory, *known_of)
    ready(fleet.place, document, file)
    _check_releases(document, different, seen)
    # The playbooks would find it, too, but after the inventory is written.
    lock = Lock.read(seen[at.host].lock)
    if lock and not lock.left_behind:
        steered.refuse(f"{lock.sentence()} has the lock.")
    if different:
        path.write_text(text)
        _say(different, fleet, path)
        document = _in_force(read(environment, inventories), *known_of)
    told = " ".join(f"{pool}={count}" for pool, count in asked.items())
    playbooks = ["take.yml", "provision.yml", "scale.yml"]
    log = steered.carry_out(fleet, "scale", told, playbooks, {}, {"celeriac": document}, voice)
    typer.echo(f"\n{fleet.application} in {environment} runs {told}. Log: {log}")
    if different:
        typer.echo(
            f"{fleet.inventory.file} was changed: commit it, or the next deploy from another checkout "
            "undoes this."
        )


def _say(different: Slots, fleet: Fleet, path: Path) -> None:
    now = fleet.inventory.pools(fleet.application)
    typer.echo(f"Wrote {path}:")
    for host, own in different.items():
        for pool, count in own.items():
            typer.echo(f"  {host}: {pool} {now.get(host, {}).get(pool, 0)} -> {count}")


def _check_memory(fleet: Fleet, different: Slots) -> None:
    """Exit with 1 where a host that gets more has not the memory, with 3 where it does not answer."""
    from celeriac.fleet import ask
    from celeriac.steering import memory

    now = fleet.inventory.pools(fleet.application)
    more = [
        host
        for host, own in different.items()
        if any(count > now.get(host, {}).get(pool, 0) for pool, count in own.items())
    ]
    command, text = ask.script("memory", {"application": fleet.application})
    answers = ask.ask({host: (fleet.reach(host, command), text) for host in more})
    if silent := {host: each.reason for host, each in answers.items() if each.said is None}:
        say_silent(silent)
        raise typer.Exit(FAILED)
    lacking = []
    for host, answer in answers.items():
        said = answer.said or {}
        pools = {**now.get(host, {}), **different[host]}
        need = memory.needed(fleet.description, fleet.inventory, host, pools)
        lacking.append(memory.lack(host, need, said["memory"], said["others"]))
    if sentences := [sentence for sentence in lacking if sentence]:
        steered.refuse("; ".join(sentences) + ".")


def _check_releases(document: dict[str, Any], different: Slots, seen: Mapping[str, Seen]) -> None:
    """Exit with 1 unless the release in force is on each host, or can be put there from here."""
    from celeriac.environments import STATE

    release = document["build"]["known"]["release"]
    archive = STATE / "cache" / "releases" / document["application"] / f"{release}.tar.zst"
    without = [name for name in different if release not in seen[name].releases]
    if without and not archive.exists():
        steered.refuse(
            f"{release} is not on {', '.join(without)}, and its archive is not on this machine. "
            "Write the slots into the inventory, and deploy."
        )


def _in_force(
    inventory: Inventory, host: Seen, records: Mapping[str, str], file: Path, inventories: Path
) -> dict[str, Any]:
    """Return the document of the release in force with an inventory; exit with 1 if there is none."""
    from celeriac.release import history
    from celeriac.release.going_back import Refused
    from celeriac.steering import in_force

    entries = history.read(host.audit or "")
    try:
        return in_force.document(inventory, entries, records, file, inventories)
    except Refused as error:
        steered.refuse(error)
