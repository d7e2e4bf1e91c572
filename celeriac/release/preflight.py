"""What a deploy checks before it builds, ships or starts anything; pure functions.

`judge` gets what every host was asked once and returns all that is wrong at once. Sizes are
bytes, times seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from celeriac.derive import connections
from celeriac.derive.capacity import no_room_for_connections, too_few_connections
from celeriac.release import generations
from celeriac.release.memory import needed as memory_needed

# Seconds that a host's clock may differ from this machine's: leases, eta and tokens rest on it.
CLOCK = 2.0
# Days that a service's certificate must still be valid, and from which on one is told.
REFUSED_DAYS, WARNED_DAYS = 7, 30
_MIB = 2**20

Host = Mapping[str, Any]


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong at one place. Only what is ``forceable`` passes with a reason."""

    subject: str
    place: str
    what: str
    remedy: str
    forceable: bool = False
    warning: bool = False
    unanswered: bool = False


@dataclass(frozen=True)
class Asked:
    """What was asked. A host is None if it did not answer; a service if it was not asked.

    ``database`` and ``broker`` hold ``host`` and either ``error`` or what they said. ``build`` is the
    host where releases are built, ``typed`` are the options that lead another command here.
    """

    hosts: Mapping[str, Host | None]
    certificates: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    database: Mapping[str, Any] | None = None
    broker: Mapping[str, Any] | None = None
    empty: Sequence[tuple[str, str, str]] = ()
    build: str = ""
    typed: str = "-e ENV"


def judge(document: Mapping[str, Any], asked: Asked, hosts: Iterable[str]) -> dict[str, Any]:
    """Return ``refused`` (forceable), ``final``, ``accepted`` (warnings) and ``unanswered``.

    ``hosts`` are those that would get the release. Of a canary the host of the steps gets it, too, and
    starts nothing of it.
    """
    hosts, only = list(hosts), document.get("only")
    starting = hosts if only is None else [host for host in hosts if host in only]
    wrong = [
        *_silent(asked.hosts),
        *_clocks(asked.hosts),
        *_platforms(asked.hosts, asked.build, hosts),
        *_rooms(document, asked.hosts, hosts),
        *_memories(document, asked.hosts, starting),
        *_generations(document, asked.hosts, starting, asked.typed),
        *_certificates(asked.certificates, asked.typed),
        *_database(document, asked.database),
        *_broker(asked.broker),
        *_credentials(asked.empty, asked.typed),
    ]
    against = [one for one in wrong if not one.warning]
    return {
        "refused": grouped(one for one in against if one.forceable),
        "final": grouped(one for one in against if not one.forceable),
        "accepted": grouped(one for one in wrong if one.warning),
        "unanswered": any(one.unanswered for one in wrong),
    }


def grouped(wrong: Iterable[Wrong]) -> list[str]:
    """Return a text for each subject and remedy: the places under it, then what to do."""
    groups: dict[tuple[str, str, bool], list[Wrong]] = {}
    for one in wrong:
        groups.setdefault((one.subject, one.remedy, one.forceable), []).append(one)
    return [
        "\n".join(
            [
                f"{subject}:",
                *(f"  {one.place}: {one.what}" for one in some),
                f"  -> {remedy}" + (' Or go on all the same: --force "why".' if forceable else ""),
            ]
        )
        for (subject, remedy, forceable), some in groups.items()
    ]


def empty_credentials(
    hosts: Mapping[str, Any], shared: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return host, unit and variable of every credential without a value."""
    return [
        (host, process["unit"], variable)
        for host, placed in hosts.items()
        for process in placed["processes"]
        for variable, expression in process["credentials"]["values"].items()
        if not _value(expression, connections.facts_for(process, shared, host))
    ]


def _value(expression: str, facts: Mapping[str, Any]) -> str:
    try:
        return connections.value(expression, facts).strip()
    except connections.UnknownValue:
        return ""


def _silent(hosts: Mapping[str, Host | None]) -> Iterator[Wrong]:
    remedy = (
        "Check that it runs, and its address and user in hosts.yml; leave it out with --without."
    )
    for host, found in hosts.items():
        if found is None:
            yield Wrong("hosts", host, "does not answer", remedy, unanswered=True)


def _clocks(hosts: Mapping[str, Host | None]) -> Iterator[Wrong]:
    """Judge by what is certain: the host read its clock while it was being asked."""
    remedy = "Have it set by NTP on the host (timedatectl set-ntp true), then look: timedatectl."
    for host, found in hosts.items():
        if found is None:
            continue
        before, after = found["asked"]
        off = max(before - found["clock"], found["clock"] - after)
        if off > CLOCK:
            side = "behind" if found["clock"] < before else "ahead of"
            what = f"its clock is at least {off:.1f} s {side} this machine's"
            yield Wrong("clock", host, what, remedy, forceable=True)


def _platforms(
    hosts: Mapping[str, Host | None], build: str, getting: Iterable[str]
) -> Iterator[Wrong]:
    """A release's compiled packages and its Python are those of the build host's system."""
    built = hosts.get(build)
    remedy = "Give it the system of the build host, or the group `build` a host with the system of those that serve."
    for host in getting if built else ():
        found = hosts.get(host)
        if found and built and found["platform"] != built["platform"]:
            what = (
                f"is {found['platform']}, and releases are built on {build} for {built['platform']}"
            )
            yield Wrong("platform", host, what, remedy, forceable=True)


def _rooms(
    document: Mapping[str, Any], hosts: Mapping[str, Host | None], getting: Iterable[str]
) -> Iterator[Wrong]:
    """Disk for the archive and the unpacked release, beside those that are kept."""
    expected = document["build"]["expected"]
    if expected is None:
        return
    size = expected["archive_bytes"] + expected["unpacked_bytes"]
    root = document["root"]
    for host in getting:
        found = hosts.get(host)
        if found is None or expected["release"] in found["releases"]:
            continue
        if found["disk_bytes"] < size:
            like = "" if expected["release"] else ", if it is as large as the last one"
            what = (
                f"{found['disk_bytes'] // _MIB} MiB free beyond the reserve, and the release needs "
                f"{-(-size // _MIB)} MiB{like}"
            )
            yield Wrong(
                "disk", host, what, f"Remove old folders in {root}/releases, or enlarge it."
            )


def _memories(
    document: Mapping[str, Any], hosts: Mapping[str, Host | None], getting: Iterable[str]
) -> Iterator[Wrong]:
    """Memory for the new processes while the old ones still run."""
    remedy = (
        "Write `overlap: false` for a pool in celeriac.yml, which stops its old workers first, lower "
        "`memory`, move processes to another host, or give this one more."
    )
    for host in getting:
        found = hosts.get(host)
        if found is None:
            continue
        need = memory_needed(document, host, found["instances"])
        if need > found["memory_bytes"]:
            what = (
                f"{found['memory_bytes'] // _MIB} MiB can be had, and the new processes need about "
                f"{need // _MIB} MiB beside the old ones"
            )
            yield Wrong("memory", host, what, remedy, forceable=True)


def _generations(
    document: Mapping[str, Any],
    hosts: Mapping[str, Host | None],
    getting: Iterable[str],
    typed: str,
) -> Iterator[Wrong]:
    shows = f"`celeriac status {typed}` shows them"
    remedy = f"Wait until one has ended ({shows}), then deploy again."
    for host in getting:
        found = hosts.get(host)
        if found and (what := generations.too_many(document, host, found["instances"])):
            yield Wrong("workers that finish", host, what, remedy)


def _certificates(found: Mapping[str, Sequence[Mapping[str, Any]]], typed: str) -> Iterator[Wrong]:
    renews = (
        f"A deploy renews them; where it did not, `celeriac certificates rotate {typed}` says why."
    )
    for host, held in found.items():
        for one in held:
            what = f"{one['service']}: {one['days']} days left (until {one['ends']})"
            remedy = (
                "Put a newer one beside hosts.yml (docs/edge.md), then deploy."
                if one["given"]
                else renews
            )
            if one["days"] < WARNED_DAYS:
                told = one["days"] >= REFUSED_DAYS
                yield Wrong("certificates", host, what, remedy, forceable=not told, warning=told)


def _database(document: Mapping[str, Any], found: Mapping[str, Any] | None) -> Iterator[Wrong]:
    if found is None:
        return
    place = f"asked from {found['host']}" if found.get("external") else found["host"]
    if error := found.get("error"):
        remedy = "Bring the database back; then deploy again."
        yield Wrong("database", place, f"does not answer: {error}", remedy, unanswered=True)
        return
    if found["recovery"] or found["read_only"]:
        what = "it is a standby that only reads" if found["recovery"] else "it only reads"
        remedy = "Point the inventory to the server that writes, or let it write again."
        yield Wrong("database", place, what, remedy)
    accepted = found["max_connections"]
    few = too_few_connections(document["database_connections"], accepted)
    few = few or no_room_for_connections(found["own"], found["others"], accepted)
    if few:
        remedy = "Raise postgresql_max_connections in the inventory (max_connections elsewhere)."
        yield Wrong("database", place, few, remedy, forceable=True)


def _broker(found: Mapping[str, Any] | None) -> Iterator[Wrong]:
    if found is not None and (error := found.get("error")):
        remedy = "docs/broker.md tells what to do."
        silent = bool(found.get("silent"))
        yield Wrong("broker", found["host"], error, remedy, unanswered=silent)


def _credentials(empty: Sequence[tuple[str, str, str]], typed: str) -> Iterator[Wrong]:
    remedy = (
        f"Run `celeriac secrets init {typed}`, or correct the inventory: celeriac.yml's connections "
        "name it."
    )
    for host, unit, variable in empty:
        yield Wrong("credentials", host, f"{unit} would get an empty {variable}", remedy)
